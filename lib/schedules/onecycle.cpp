// SPDX-License-Identifier: MIT
// torch OneCycleLR (two phases, cosine): from base/div up to base, the given rate being the largest, then down to
// base/(div*final-div). Changes every step; the optimizer's momentum is left alone.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"
#include "schedules/schedule.h"

namespace nn {
namespace {

double along_cosine(double from, double to, double share) { return to + (from - to) / 2 * (1 + std::cos(std::numbers::pi * share)); }

class OneCycle final : public Schedule {
 public:
  void options(OptionSet& set) override {
    set.add("rise", rise_, "SHARE", "share of the steps until the largest rate").by_place();
    set.add("div", divisor_, "X", "the first rate is the largest / X");
    set.add("final-div", final_divisor_, "X", "the last rate is the first / X");
  }
  void check() const override {
    if (!(rise_ > 0 && rise_ < 1)) throw UsageError("rise must lie between 0 and 1, found " + value_text(rise_));
    for (double x : {divisor_, final_divisor_})
      if (!(x >= 1) || !std::isfinite(x)) throw UsageError("div and final-div must be at least 1, found " + value_text(x));
  }
  double rate(double base, const Moment& now) const override {
    const double first = base / divisor_, last = first / final_divisor_;
    const double step = static_cast<double>(now.step), total = static_cast<double>(now.steps);
    const double top = rise_ * total - 1, end = total - 1;  // torch's ends of the two phases, fractions of a step
    if (top > 0 && step <= top) return along_cosine(first, base, step / top);
    const double from = std::max(top, 0.0);
    return end > from ? along_cosine(base, last, std::min(1.0, (step - from) / (end - from))) : last;
  }

 private:
  double rise_ = 0.3, divisor_ = 25, final_divisor_ = 1e4;
};

}  // namespace

extern const ScheduleType onecycle_schedule;
const ScheduleType onecycle_schedule{"onecycle", "up to the rate and far down again, step by step",
                                     [] { return std::unique_ptr<Schedule>(new OneCycle); }};

}  // namespace nn
