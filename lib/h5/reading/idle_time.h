// SPDX-License-Identifier: MIT
// How long a process has done nothing: neither computed, nor waited for a processor or a disk.
#pragma once

#include <sys/types.h>

#include <chrono>

namespace nn::h5 {

class IdleTime {
 public:
  using Clock = std::chrono::steady_clock;
  explicit IdleTime(pid_t process) : process_(process), last_(Clock::now()) {}

  /// Call it at least twice a second while the process says nothing: adds the time since the call before, when the
  /// process sleeps. Time in which this process itself did not run (stopped by a terminal, a machine that was
  /// suspended) does not count. Always zero where the system does not tell the state of a process.
  std::chrono::duration<double> watch();
  /// The process has said something: the time up to now does not count.
  void restart() { last_ = Clock::now(); }

 private:
  pid_t process_;
  Clock::time_point last_;
  std::chrono::duration<double> idle_{0};
};

}  // namespace nn::h5
