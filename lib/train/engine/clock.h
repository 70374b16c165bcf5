// SPDX-License-Identifier: MIT
// Times of a run: of the epoch, since the last checkpoint, and what is left of --time-limit.
#pragma once

#include <functional>
#include <string>

namespace nn {

class Clock {
 public:
  /// limit: seconds since the process started, 0 for none. since_start: seconds the process has run.
  Clock(double limit, std::function<double()> since_start);

  double now() const;                ///< seconds, from any beginning
  void epoch_begins(double before);  ///< before: seconds of this epoch in an earlier process
  double epoch_seconds() const;
  void step_ends();                ///< keeps the longest of the last steps
  void measured(double seconds);   ///< how long the validation and the callbacks of an epoch took
  void committed(double seconds);  ///< how long the last checkpoint took
  double since_commit() const;
  /// The next step (and, when it ends the epoch, the validation) and a commit may not fit any more.
  bool out_of_time(bool epoch_ends) const;

 private:
  double limit_;
  std::function<double()> since_start_;
  double epoch_begin_, last_step_, last_commit_, longest_step_ = 0, validation_ = 0, commit_ = 0.1;
};

}  // namespace nn
