// SPDX-License-Identifier: MIT
// Schedules that change between epochs, in closed form (torch's recursive forms differ from it by rounding only).
#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"
#include "schedules/schedule.h"

namespace nn {
namespace {

void check_factor(double factor) {
  if (!(factor > 0 && factor <= 1)) throw UsageError("factor must be above 0 and at most 1, found " + value_text(factor));
}

class Constant final : public Schedule {
 public:
  double rate(double base, const Moment&) const override { return base; }
};

/// torch StepLR: multiplied by factor after every `size` epochs.
class Step final : public Schedule {
 public:
  void options(OptionSet& set) override {
    set.add("size", size_, "N", "epochs between two cuts").by_place();
    set.add("factor", factor_, "X", "the rate is multiplied by X at each cut").by_place();
  }
  void check() const override {
    if (size_ < 1) throw UsageError("size must be at least 1 epoch, found " + value_text(size_));
    check_factor(factor_);
  }
  double rate(double base, const Moment& now) const override {
    return base * std::pow(factor_, static_cast<double>(now.epoch / size_));
  }

 private:
  int64_t size_ = 10;
  double factor_ = 0.1;
};

/// torch ExponentialLR: multiplied by factor after every epoch.
class Exponential final : public Schedule {
 public:
  void options(OptionSet& set) override { set.add("factor", factor_, "X", "the rate is multiplied by X after each epoch").by_place(); }
  void check() const override { check_factor(factor_); }
  double rate(double base, const Moment& now) const override { return base * std::pow(factor_, static_cast<double>(now.epoch)); }

 private:
  double factor_ = 0.95;
};

/// torch CosineAnnealingLR with T = `epochs`, by default the whole run; it stays at the end value behind T.
class Cosine final : public Schedule {
 public:
  void options(OptionSet& set) override {
    set.add("min", min_, "RATE", "the rate at the end").by_place();
    set.add("epochs", epochs_, "N", "epochs until the end is reached; 0: all");
  }
  void check() const override {
    if (!(min_ >= 0) || !std::isfinite(min_)) throw UsageError("min must be a rate of 0 or more, found " + value_text(min_));
    if (epochs_ < 0) throw UsageError("epochs must not be negative, found " + value_text(epochs_));
  }
  double rate(double base, const Moment& now) const override {
    const double length = static_cast<double>(std::max<int64_t>(epochs_ > 0 ? epochs_ : now.epochs, 1));
    const double done = std::min(1.0, static_cast<double>(now.epoch) / length);
    return min_ + 0.5 * (base - min_) * (1 + std::cos(std::numbers::pi * done));
  }

 private:
  double min_ = 0;
  int64_t epochs_ = 0;
};

}  // namespace

extern const ScheduleType constant_schedule, step_schedule, exponential_schedule, cosine_schedule;
const ScheduleType constant_schedule{"constant", "the same rate always", [] { return std::unique_ptr<Schedule>(new Constant); }};
const ScheduleType step_schedule{"step", "cut every few epochs", [] { return std::unique_ptr<Schedule>(new Step); }};
const ScheduleType exponential_schedule{"exponential", "cut a little every epoch", [] { return std::unique_ptr<Schedule>(new Exponential); }};
const ScheduleType cosine_schedule{"cosine", "along half a cosine down to min", [] { return std::unique_ptr<Schedule>(new Cosine); }};

}  // namespace nn
