// SPDX-License-Identifier: MIT
// Where the time of training steps goes: nn-train --profile.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "backend/peak.h"
#include "graph/cost.h"

namespace nn {

/// Times the parts of a step that follow one another. Does nothing while it is off.
class StepTimer {
 public:
  void set(bool on) {
    on_ = on;
    timer_.clear();
  }
  bool on() const { return on_; }
  void begin() {
    if (on_) last_ = Time::now();
  }
  /// What was done since begin() or the last end() is `part`. Parts keep the order of their first ends.
  void end(const char* part, const Cost& cost = {});
  const std::vector<StepTime>& laps() const { return timer_; }

 private:
  using Time = std::chrono::steady_clock;
  bool on_ = false;
  Time::time_point last_{};
  std::vector<StepTime> timer_;
};

/// Adds times to those of the same name, pass and kernel; others go to the end.
void merge_times(std::vector<StepTime>& into, std::span<const StepTime> times);

/// Steps in the order in which they ran: the laps, with those named "forward" and "backward" replaced by the plan's own
/// steps of that pass (and "update") and what is left of the lap.
std::vector<StepTime> with_plan_steps(std::span<const StepTime> laps, std::span<const StepTime> steps);

/// A table: name, kernel, calls, us a call, share of the whole, GF/s and GB/s, each with its share of the peak. The
/// direct method's operations are counted, so that an algorithm that needs fewer may show more than the peak.
std::string profile_text(std::span<const StepTime> times, const Peak& peak);

}  // namespace nn
