// SPDX-License-Identifier: MIT
// rate * factor^(t / every): torch ExponentialLR with every=1, Keras ExponentialDecay with every=decay_steps,per=step.
#include <cmath>

#include "schedules/clock.h"

namespace nn {
namespace {

class Exponential final : public Schedule {
 public:
  void options(OptionSet& set) override {
    set.add("factor", factor_, "X", "the rate is multiplied by X after each epoch")
        .by_place()
        .called("pytorch", "gamma")
        .called("keras", "decay_rate");
    set.add("every", every_, "N", "epochs per multiplication by X")
        .called("keras", "decay_steps")
        .lacks("pytorch", "Keras'");
    set.flag("staircase", staircase_, "multiply after every N epochs, instead of a little after each epoch")
        .called("keras", "staircase")
        .lacks("pytorch", "Keras'");
    clock_.options_as_frameworks(set);
  }
  void check() const override {
    check_factor("factor", factor_);
    check_count("every", every_);
  }
  double rate(double base, const Moment& now) const override {
    const double t = clock_.now(now) / static_cast<double>(every_);
    return base * std::pow(factor_, staircase_ ? std::floor(t) : t);
  }

 private:
  double factor_ = 0.95;
  int64_t every_ = 1;
  bool staircase_ = false;
  ScheduleClock clock_;
};

}  // namespace

extern const ScheduleType exponential_schedule;
const ScheduleType exponential_schedule{"exponential",
                                        "multiplied by a factor after every epoch",
                                        [] { return std::unique_ptr<Schedule>(new Exponential); },
                                        {"ExponentialLR", "ExponentialDecay", "", "exp exponential_lr"}};

}  // namespace nn
