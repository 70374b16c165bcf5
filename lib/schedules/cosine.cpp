// SPDX-License-Identifier: MIT
// Half a cosine from the rate down to its end. torch CosineAnnealingLR in closed form (min; rise-again is what it does
// behind T, where it goes up and down with period 2T; its recursive form differs by rounding only), Keras CosineDecay
// (alpha, warmup-target, warmup-length, per=step), which stays at its end.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"
#include "schedules/clock.h"

namespace nn {
namespace {

class Cosine final : public Schedule {
 public:
  void options(OptionSet& set) override {
    set.add("min", min_, "RATE", "the rate at the end")
        .by_place()
        .called("pytorch", "eta_min")
        .called("keras", "alpha");
    set.add("alpha", alpha_, "SHARE", "the rate at the end as a fraction of the largest, instead of min")
        .called("pytorch", "eta_min")
        .called("keras", "alpha");
    span_.options(set, {"T_max", "T_max", "decay_steps"});
    set.flag("rise-again", rise_again_,
             "after the end, rise and fall again (PyTorch); otherwise the rate stays (Keras)")
        .in("keras", "false")
        .named_rule("cosine_rises_again");
    set.add("warmup-target", target_, "RATE", "first rise linearly to RATE, where the cosine starts (Keras)")
        .called("keras", "warmup_target")
        .lacks("pytorch", "Keras'");
    set.add("warmup-length", climb_, "N", "epochs of that rise, before those of the cosine")
        .called("keras", "warmup_steps")
        .lacks("pytorch", "Keras'");
  }
  void check() const override {
    check_between("min", min_, 0, 1e6);
    check_between("alpha", alpha_, 0, 1);
    if (min_ > 0 && alpha_ > 0) throw UsageError("min and alpha both name the rate at the end; give one of them");
    span_.check();
    if (target_) check_between("warmup-target", *target_, 0, 1e6);
    if (target_.has_value() != (climb_ > 0) || climb_ < 0)
      throw UsageError(
          "warmup-target and warmup-length go together, with a length of 1 or more; warmup=EPOCHS alone climbs to the "
          "rate");
  }
  double rate(double base, const Moment& now) const override {
    double t = span_.now(now), length = span_.length(now);
    double top = base;
    if (target_) {
      const double climb = static_cast<double>(climb_);
      if (t < climb) return base + (*target_ - base) * (t / climb);
      t -= climb;
      if (span_.whole_run()) length = std::max(length - climb, 1.0);
      top = *target_;
    }
    const double done = rise_again_ ? t / length : std::min(1.0, t / length);
    const double floor = alpha_ > 0 ? alpha_ * top : min_;
    return floor + 0.5 * (top - floor) * (1 + std::cos(std::numbers::pi * done));
  }
  bool depends_on_length() const override { return span_.whole_run(); }

 private:
  double min_ = 0, alpha_ = 0;
  bool rise_again_ = true;
  std::optional<double> target_;
  int64_t climb_ = 0;
  ScheduleSpan span_;
};

}  // namespace

extern const ScheduleType cosine_schedule;
const ScheduleType cosine_schedule{"cosine",
                                   "half a period of a cosine, from the learning rate down to min",
                                   [] { return std::unique_ptr<Schedule>(new Cosine); },
                                   {"CosineAnnealingLR", "CosineDecay", "", "cosine_annealing"}};

}  // namespace nn
