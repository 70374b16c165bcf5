// SPDX-License-Identifier: MIT
// min + (rate - min) (1 - t / length)^power: torch PolynomialLR (min 0), Keras PolynomialDecay (min: end_learning_rate,
// there 1e-4 by default). cycle stretches the length to its next multiple, so that the rate jumps
// up at each.
#include <algorithm>
#include <cmath>

#include "schedules/clock.h"

namespace nn {
namespace {

class Polynomial final : public Schedule {
 public:
  void options(OptionSet& set) override {
    set.add("power", power_, "X", "exponent; 1: linear, 2: fast at first and slow at the end")
        .by_place()
        .called("power");
    set.add("min", min_, "RATE", "the rate at the end")
        .by_place()
        .in("keras", "1e-4")
        .named_rule("polynomial_end")
        .called("keras", "end_learning_rate");
    span_.options(set, {"total_iters", "total_iters", "decay_steps"});
    set.flag("cycle", cycle_, "after the end, start again with a longer period (Keras)")
        .called("keras", "cycle")
        .lacks("pytorch", "Keras'");
  }
  void check() const override {
    check_between("power", power_, 0, 1000);
    check_between("min", min_, 0, 1e6);
    span_.check();
  }
  double rate(double base, const Moment& now) const override {
    const double t = span_.now(now), length = span_.length(now);
    const double stretch = cycle_ ? std::max(1.0, std::ceil(t / length)) : 1.0;
    const double done = std::min(1.0, t / (length * stretch));
    return min_ + (base - min_) * std::pow(1 - done, power_);
  }
  bool depends_on_length() const override { return span_.whole_run(); }

 private:
  double power_ = 1, min_ = 0;
  bool cycle_ = false;
  ScheduleSpan span_;
};

}  // namespace

extern const ScheduleType polynomial_schedule;
const ScheduleType polynomial_schedule{"polynomial",
                                       "down to min, as a power of the remaining time",
                                       [] { return std::unique_ptr<Schedule>(new Polynomial); },
                                       {"PolynomialLR", "PolynomialDecay"}};

}  // namespace nn
