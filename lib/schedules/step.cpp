// SPDX-License-Identifier: MIT
// torch StepLR in closed form: multiplied by factor after every `size` epochs or steps. Torch multiplies again and
// again, which differs by rounding only.
#include <cmath>

#include "schedules/clock.h"

namespace nn {
namespace {

class Step final : public Schedule {
 public:
  void options(OptionSet& set) override {
    set.add("size", size_, "N", "epochs between two reductions").by_place().called("pytorch", "step_size");
    set.add("factor", factor_, "X", "the rate is multiplied by X at each reduction")
        .by_place()
        .called("pytorch", "gamma");
    clock_.options(set);
  }
  void check() const override {
    check_count("size", size_);
    check_factor("factor", factor_);
  }
  double rate(double base, const Moment& now) const override {
    return base * std::pow(factor_, std::floor(clock_.now(now) / static_cast<double>(size_)));
  }

 private:
  int64_t size_ = 10;
  double factor_ = 0.1;
  ScheduleClock clock_;
};

}  // namespace

extern const ScheduleType step_schedule;
const ScheduleType step_schedule{"step",
                                 "multiplied by a factor every few epochs",
                                 [] { return std::unique_ptr<Schedule>(new Step); },
                                 {"StepLR", "-", "PyTorch's StepLR"}};

}  // namespace nn
