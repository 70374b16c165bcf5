// SPDX-License-Identifier: MIT
// torch LinearLR with its defaults: a straight line between two shares of the rate.
#include <algorithm>

#include "schedules/clock.h"

namespace nn {
namespace {

class Linear final : public Schedule {
 public:
  void options(OptionSet& set) override {
    set.add("start", start_, "SHARE", "first rate, as a fraction of the learning rate")
        .by_place()
        .called("pytorch", "start_factor");
    set.add("end", end_, "SHARE", "last rate, as a fraction of the learning rate, which is then kept")
        .by_place()
        .called("pytorch", "end_factor");
    span_.options(set, {"total_iters", "total_iters"});
  }
  void check() const override {
    check_factor("start", start_);
    check_between("end", end_, 0, 1);
    span_.check();
  }
  double rate(double base, const Moment& now) const override {
    return base * (start_ + (end_ - start_) * std::min(1.0, span_.now(now) / span_.length(now)));
  }
  bool depends_on_length() const override { return span_.whole_run(); }

 private:
  double start_ = 1.0 / 3, end_ = 1;
  ScheduleSpan span_{5};
};

}  // namespace

extern const ScheduleType linear_schedule;
const ScheduleType linear_schedule{"linear",
                                   "linear, from one fraction of the learning rate to another",
                                   [] { return std::unique_ptr<Schedule>(new Linear); },
                                   {"LinearLR", "-", "PyTorch's LinearLR"}};

}  // namespace nn
