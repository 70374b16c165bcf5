// SPDX-License-Identifier: MIT
// Learning-rate schedules by name. To add one: lib/schedules/NAME.cpp with `extern const ScheduleType NAME_schedule`,
// and a line in schedules.def.
#pragma once

#include <cstdint>
#include <memory>

#include "base/options.h"
#include "base/registry.h"

namespace nn {

/// Where a run stands. Both counts start at 0.
struct Moment {
  int64_t step = 0, steps = 1;      ///< optimizer steps done, and of the whole run
  int64_t epoch = 0, epochs = 1;
};

class Schedule {
 public:
  virtual ~Schedule() = default;
  virtual void options(OptionSet& set) { (void)set; }
  /// After the options are set: UsageError for values that make no sense.
  virtual void check() const {}
  /// The rate of the step that comes next, from the base rate.
  virtual double rate(double base, const Moment& now) const = 0;
};

struct ScheduleType {
  const char* name;
  const char* summary;
  std::unique_ptr<Schedule> (*make)();
};
Table<ScheduleType> schedule_types();
/// "step,size=3,factor=0.1"; every one takes warmup=N (epochs, may be a fraction).
std::unique_ptr<Schedule> make_schedule(std::string_view text);
/// The option warmup that make_schedule adds to each schedule's own, for help and man pages.
void declare_warmup(OptionSet& set, double& warmup);

}  // namespace nn
