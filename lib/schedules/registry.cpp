// SPDX-License-Identifier: MIT
// The table of schedules, and the warm-up that each of them takes: a straight line from rate/(W+1) up to the schedule's
// own value over the W steps of the warm-up, so that the first step moves and the schedule itself is not shifted.
#include <algorithm>
#include <cmath>

#include "schedules/schedule.h"

namespace nn {

#define PLUGIN_TYPE ScheduleType
#define PLUGIN_TABLE schedule_types
#define PLUGIN_OBJECT(name) name##_schedule
#define PLUGIN_LIST "schedules/schedules.def"
#include "base/plugin_table.inc"

namespace {

class Warmed final : public Schedule {
 public:
  explicit Warmed(std::unique_ptr<Schedule> inner) : inner_(std::move(inner)) {}
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
  set.add("warmup", warmup, "EPOCHS", "the rate rises linearly over the first EPOCHS, which may be a fraction")
      .called("pytorch", "LinearLR in a SequentialLR")
      .lacks("keras", "a straight line up to the schedule's own rate");
}

Configured<Schedule> make_schedule(std::string_view text, const FrameworkRules& like) {
  static const std::vector<Saying> sayings{{"ReduceLROnPlateau plateau reduce_on_plateau reduce_lr",
                                            "it is an option of its own, --reduce-lr METRIC,patience=N"}};
  const Spec spec = parse_spec(text, ',');
  std::unique_ptr<Schedule> made =
      std::make_unique<Warmed>(find_in(schedule_types(), spec.name, "schedule", sayings).make());
  return configure(std::move(made), spec, like.name);
}

}  // namespace nn
