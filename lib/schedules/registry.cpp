// SPDX-License-Identifier: MIT
// The table of schedules, and the warm-up that each of them takes: a straight line from rate/(W+1) up to the schedule's
// own value over the W steps of the warm-up, so that the first step moves and the schedule itself is not shifted.
#include <algorithm>
#include <cmath>

#include "base/plugin.h"
#include "schedules/schedule.h"

namespace nn {

#define SCHEDULE(name) extern const ScheduleType name##_schedule;
#include "schedules/schedules.def"
#undef SCHEDULE

Table<ScheduleType> schedule_types() {
  static const ScheduleType* const all[] = {
#define SCHEDULE(name) &name##_schedule,
#include "schedules/schedules.def"
#undef SCHEDULE
  };
  return all;
}

namespace {

class Warmed final : public Schedule {
 public:
  explicit Warmed(std::unique_ptr<Schedule> inner) : inner_(std::move(inner)) {}
  void like(const FrameworkRules& like) override { inner_->like(like); }
  void options(OptionSet& set) override {
    inner_->options(set);
    declare_warmup(set, warmup_);
  }
  void check() const override {
    inner_->check();
    if (!(warmup_ >= 0 && warmup_ <= 1e6))
      throw UsageError("warmup must not be negative, found " + value_text(warmup_));
  }
  double rate(double base, const Moment& now) const override {
    const double rate = inner_->rate(base, now);
    const double epochs = static_cast<double>(std::max<int64_t>(now.epochs, 1));
    const double steps = std::round(warmup_ * static_cast<double>(now.steps) / epochs);
    const double step = static_cast<double>(now.step);
    return step < steps ? rate * (step + 1) / (steps + 1) : rate;
  }
  std::optional<double> momentum(const Moment& now) const override { return inner_->momentum(now); }
  bool depends_on_length() const override { return inner_->depends_on_length(); }

 private:
  std::unique_ptr<Schedule> inner_;
  double warmup_ = 0;
};

}  // namespace

void declare_warmup(OptionSet& set, double& warmup) {
  set.add("warmup", warmup, "EPOCHS", "the rate rises linearly over the first EPOCHS, which may be a fraction");
}

std::unique_ptr<Schedule> make_schedule(std::string_view text, const FrameworkRules& like) {
  const Spec spec = parse_spec(text, ',');
  auto made = std::make_unique<Warmed>(find_in(schedule_types(), spec.name, "schedule").make());
  made->like(like);
  configure(*made, spec);
  return made;
}

}  // namespace nn
