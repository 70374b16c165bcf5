// SPDX-License-Identifier: MIT
// torch ConstantLR with its defaults: a fraction of the rate for some epochs, then all of it.
#include "schedules/clock.h"

namespace nn {
namespace {

class ConstantFactor final : public Schedule {
 public:
  void options(OptionSet& set) override {
    set.add("factor", factor_, "X", "fraction of the learning rate").by_place().called("pytorch", "factor");
    span_.options(set, {"total_iters", "total_iters"});
  }
  void check() const override {
    check_factor("factor", factor_);
    span_.check();
  }
  double rate(double base, const Moment& now) const override {
    return span_.now(now) < span_.length(now) ? base * factor_ : base;
  }
  bool depends_on_length() const override { return span_.whole_run(); }

 private:
  double factor_ = 1.0 / 3;
  ScheduleSpan span_{5};
};

}  // namespace

extern const ScheduleType constant_factor_schedule;
const ScheduleType constant_factor_schedule{"constant-factor",
                                            "a fraction of the learning rate for some epochs, then the whole rate",
                                            [] { return std::unique_ptr<Schedule>(new ConstantFactor); },
                                            {"ConstantLR", "-", "PyTorch's ConstantLR"}};

}  // namespace nn
