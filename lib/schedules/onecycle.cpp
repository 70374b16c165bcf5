// SPDX-License-Identifier: MIT
// torch OneCycleLR: from base/div up to base, the given rate being the largest, then down to base/(div*final-div), by
// step. The momentum (adam: beta1) falls while the rate grows and takes the place of the optimizer's own, as in torch.
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "base/error.h"
#include "schedules/clock.h"

namespace nn {
namespace {

class OneCycle final : public Schedule {
 public:
  void options(OptionSet& set) override {
    set.add("rise", rise_, "SHARE", "fraction of the steps until the largest rate")
        .by_place()
        .called("pytorch", "pct_start");
    set.add("div", divisor_, "X", "the first rate is the largest / X").called("pytorch", "div_factor");
    set.add("final-div", final_divisor_, "X", "the last rate is the first / X").called("pytorch", "final_div_factor");
    set.add("anneal", anneal_, "cos|linear", "shape of the two parts: a cosine (cos) or linear")
        .one_of({"cos", "linear"})
        .called("pytorch", "anneal_strategy");
    set.flag("three-phase", three_phase_, "fall to the first rate as fast as it rose, then to the last rate")
        .called("pytorch", "three_phase");
    set.flag("cycle-momentum", cycle_momentum_,
             "change the momentum (adam: beta1) opposite to the rate; =false keeps that of the optimizer")
        .called("pytorch", "cycle_momentum");
    set.add("base-momentum", low_, "X", "momentum at the largest rate").called("pytorch", "base_momentum");
    set.add("max-momentum", high_, "X", "momentum at the first and the last rate").called("pytorch", "max_momentum");
    length_.options(set, {"epochs", "total_steps"});
  }
  void check() const override {
    if (!(rise_ > 0 && rise_ < 1)) throw UsageError("rise must lie between 0 and 1, found " + value_text(rise_));
    if (three_phase_ && rise_ > 0.5)
      throw UsageError("three-phase needs a rise of at most 0.5, found " + value_text(rise_));
    for (double x : {divisor_, final_divisor_})
      if (!(x >= 1) || !std::isfinite(x))
        throw UsageError("div and final-div must be at least 1, found " + value_text(x));
    for (double x : {low_, high_})
      if (!(x >= 0 && x < 1))
        throw UsageError("base-momentum and max-momentum must be at least 0 and below 1, found " + value_text(x));
    length_.check();
  }
  double rate(double base, const Moment& now) const override {
    const double first = base / divisor_, last = first / final_divisor_;
    return three_phase_ ? along(now, {first, base, first, last}) : along(now, {first, base, last, last});
  }
  std::optional<double> momentum(const Moment& now) const override {
    if (!cycle_momentum_) return std::nullopt;
    return along(now, {high_, low_, high_, high_});
  }
  bool depends_on_length() const override { return length_.whole_run(); }

 private:
  /// The value between corners: torch's ends of phases are fractions of a step. Behind the end it stays.
  double along(const Moment& now, const std::array<double, 4>& corner) const {
    const double step = static_cast<double>(now.step), total = length_.steps(now);
    const std::array<double, 3> ends{rise_ * total - 1, three_phase_ ? 2 * rise_ * total - 2 : total - 1, total - 1};
    const size_t last = three_phase_ ? 2 : 1;
    double begin = 0;
    for (size_t phase = 0; phase <= last; ++phase) {
      const double end = std::max(ends[phase], begin);
      if (step <= end || phase == last)
        return between(corner[phase], corner[phase + 1],
                       end > begin ? std::min(1.0, (step - begin) / (end - begin)) : 1.0);
      begin = end;
    }
    return corner[last + 1];
  }
  double between(double from, double to, double share) const {
    if (anneal_ == "linear") return from + (to - from) * share;
    return to + (from - to) / 2 * (1 + std::cos(std::numbers::pi * share));
  }

  double rise_ = 0.3, divisor_ = 25, final_divisor_ = 1e4, low_ = 0.85, high_ = 0.95;
  std::string anneal_ = "cos";
  bool three_phase_ = false, cycle_momentum_ = true;
  ScheduleEnd length_;
};

}  // namespace

extern const ScheduleType onecycle_schedule;
const ScheduleType onecycle_schedule{"onecycle",
                                     "up to the learning rate, then far down, changing at every step",
                                     [] { return std::unique_ptr<Schedule>(new OneCycle); },
                                     {"OneCycleLR", "-", "PyTorch's OneCycleLR, the momentum with it", "one_cycle"}};

}  // namespace nn
