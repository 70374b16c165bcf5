// SPDX-License-Identifier: MIT
// Half a cosine down, again and again. torch CosineAnnealingWarmRestarts (first: T_0, longer: T_mult, min) and Keras
// CosineDecayRestarts (first_decay_steps, t_mul, whose default is 2, m_mul, alpha).
#include <cmath>
#include <numbers>

#include "base/error.h"
#include "schedules/clock.h"

namespace nn {
namespace {

class CosineRestarts final : public Schedule {
 public:
  void options(OptionSet& set) override {
    set.add("first", first_, "N", "epochs of the first cosine")
        .by_place()
        .called("pytorch", "T_0")
        .called("keras", "first_decay_steps");
    set.add("longer", longer_, "X", "each cosine takes X times as long as the previous one")
        .by_place()
        .in("keras", "2")
        .named_rule("restarts_longer")
        .called("pytorch", "T_mult")
        .called("keras", "t_mul");
    set.add("lower", lower_, "X", "each cosine starts at X times the rate of the previous one")
        .called("keras", "m_mul")
        .lacks("pytorch", "Keras'");
    set.add("min", min_, "RATE", "the rate at the end of each cosine")
        .called("pytorch", "eta_min")
        .called("keras", "alpha");
    set.add("alpha", alpha_, "SHARE", "the same as a fraction of the rate, instead of min")
        .called("pytorch", "eta_min")
        .called("keras", "alpha");
    clock_.options_as_frameworks(set);
  }
  void check() const override {
    check_count("first", first_);
    check_between("longer", longer_, 1, 1000);
    check_factor("lower", lower_);
    check_between("min", min_, 0, 1e6);
    check_between("alpha", alpha_, 0, 1);
    if (min_ > 0 && alpha_ > 0) throw UsageError("min and alpha both name the lowest rate; give one of them");
  }
  double rate(double base, const Moment& now) const override {
    double rest = clock_.now(now), length = static_cast<double>(first_), restarts = 0;
    if (longer_ == 1) {
      restarts = std::floor(rest / length);
      rest -= restarts * length;
    } else {
      // Subtraction instead of a logarithm: whole lengths give exact restarts.
      for (; rest >= length && std::isfinite(length); length *= longer_, ++restarts) rest -= length;
    }
    const double floor = alpha_ > 0 ? alpha_ * base : min_;
    const double height = (base - floor) * std::pow(lower_, restarts);
    return floor + 0.5 * height * (1 + std::cos(std::numbers::pi * rest / length));
  }

 private:
  int64_t first_ = 10;
  double longer_ = 1, lower_ = 1, min_ = 0, alpha_ = 0;
  ScheduleClock clock_;
};

}  // namespace

extern const ScheduleType cosine_restarts_schedule;
const ScheduleType cosine_restarts_schedule{"cosine-restarts",
                                            "half a period of a cosine, restarted again and again",
                                            [] { return std::unique_ptr<Schedule>(new CosineRestarts); },
                                            {"CosineAnnealingWarmRestarts", "CosineDecayRestarts"}};

}  // namespace nn
