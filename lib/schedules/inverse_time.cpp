// SPDX-License-Identifier: MIT
// Keras InverseTimeDecay: rate / (1 + decay * t / every).
#include <cmath>

#include "schedules/clock.h"

namespace nn {
namespace {

class InverseTime final : public Schedule {
 public:
  void options(OptionSet& set) override {
    set.add("decay", decay_, "X", "the rate is divided by 1 + X t after t epochs")
        .by_place()
        .called("keras", "decay_rate");
    set.add("every", every_, "N", "epochs per unit of t").called("keras", "decay_steps");
    set.flag("staircase", staircase_, "count whole units of t only").called("keras", "staircase");
    clock_.options_as_frameworks(set);
  }
  void check() const override {
    check_between("decay", decay_, 0, 1e6);
    check_count("every", every_);
  }
  double rate(double base, const Moment& now) const override {
    const double t = clock_.now(now) / static_cast<double>(every_);
    return base / (1 + decay_ * (staircase_ ? std::floor(t) : t));
  }

 private:
  double decay_ = 0.5;
  int64_t every_ = 1;
  bool staircase_ = false;
  ScheduleClock clock_;
};

}  // namespace

extern const ScheduleType inverse_time_schedule;
const ScheduleType inverse_time_schedule{"inverse-time",
                                         "divided by a number that grows with the epochs",
                                         [] { return std::unique_ptr<Schedule>(new InverseTime); },
                                         {"-", "InverseTimeDecay", "Keras' InverseTimeDecay"}};

}  // namespace nn
