// SPDX-License-Identifier: MIT
#include "h5/reading/idle_time.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "base/system/retry.h"

namespace nn::h5 {
namespace {

/// The state letter of proc(5): R runs or waits for a processor, D waits for a disk, S sleeps. 0: not known.
char state_of(pid_t process) {
  const std::string path = "/proc/" + std::to_string(process) + "/stat";
  const int file = retried([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC); });
  if (file < 0) return 0;
  char text[256] = {};
  const ssize_t got = retried([&] { return ::read(file, text, sizeof text - 1); });
  ::close(file);
  // The name of the program stands before it, in brackets, and may hold any character.
  const std::string_view line(text, got > 0 ? static_cast<size_t>(got) : 0);
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
