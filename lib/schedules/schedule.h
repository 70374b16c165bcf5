// SPDX-License-Identifier: MIT
// Learning-rate schedules by name. To add one: lib/schedules/NAME.cpp with `extern const ScheduleType NAME_schedule`,
// and a line in schedules.def. A schedule is a pure function of the base rate and of where the run stands: it has no
// state to save, and a resumed run continues with the same rates.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/framework_rules.h"
#include "base/plugin.h"

namespace nn {

/// Where a run stands. Both counts start at 0.
struct Moment {
  int64_t step = 0, steps = 1;  ///< optimizer steps done, and of the whole run
  int64_t epoch = 0, epochs = 1;
};

class Schedule {
 public:
  virtual ~Schedule() = default;
  /// Declares the options, with their defaults under each framework (base/option.h).
  virtual void options(OptionSet& set) { (void)set; }
  /// After the options are set: UsageError for values that make no sense.
  virtual void check() const {}
  /// The rate of the step that comes next, from the base rate.
  virtual double rate(double base, const Moment& now) const = 0;
  /// The momentum of that step, from a schedule that moves it too: Optimizer::set_momentum takes it. Given for every
  /// moment or for none.
  virtual std::optional<double> momentum(const Moment& now) const {
    (void)now;
    return std::nullopt;
  }
  /// The rate at some moment depends on how long the whole run is: a resumed run must keep its number of epochs.
  virtual bool depends_on_length() const { return false; }
};

struct ScheduleType {
  const char* name;
  const char* summary;
  std::unique_ptr<Schedule> (*make)();
  KnownAs known_as = {};
  const char* example = nullptr;  ///< for make_schedule; null when the name alone will do
};
Table<ScheduleType> schedule_types();
/// "step,size=3,factor=0.1"; every one takes warmup=N (epochs, may be a fraction). like: the framework whose defaults
/// hold for what the text does not say.
Configured<Schedule> make_schedule(std::string_view text, const FrameworkRules& like = {});
/// The option warmup that make_schedule adds to each schedule's own, for help and man pages.
void declare_warmup(OptionSet& set, double& warmup);

}  // namespace nn
