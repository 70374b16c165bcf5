// SPDX-License-Identifier: MIT
#include "h5/reading/idle_time.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "base/system/small_file.h"

namespace nn::h5 {
namespace {

/// The state letter of proc(5): R runs or waits for a processor, D waits for a disk, S sleeps. 0: not known.
char state_of(pid_t process) {
  char text[256];
  const std::string_view line = beginning_of(("/proc/" + std::to_string(process) + "/stat").c_str(), text);
  // The name of the program stands before it, in brackets, and may hold any character.
  const size_t name_end = line.rfind(") ");
  return name_end == line.npos || name_end + 2 >= line.size() ? char{0} : line[name_end + 2];
}

}  // namespace

std::chrono::duration<double> IdleTime::watch() {
  constexpr std::chrono::duration<double> longest(0.5);
  const Clock::time_point now = Clock::now();
  if (state_of(process_) == 'S') idle_ += std::min<std::chrono::duration<double>>(now - last_, longest);
  last_ = now;
  return idle_;
}

}  // namespace nn::h5
