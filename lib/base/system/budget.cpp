// SPDX-License-Identifier: MIT
#include "base/system/budget.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <fstream>
#include <limits>

#include "base/error.h"
#include "base/text/number.h"

namespace nn {
namespace {

constexpr uint64_t unlimited = std::numeric_limits<uint64_t>::max();

/// A number alone in a file of the kernel; unlimited when there is none ("max") or no such file.
uint64_t limit_in(const std::string& path) {
  std::ifstream in(path);
  uint64_t bytes = 0;
  return in >> bytes ? bytes : unlimited;
}

/// Of the cgroup that this process is in and those above it (version 2), and of version 1's memory controller.
uint64_t cgroup_limit() {
  uint64_t least = limit_in("/sys/fs/cgroup/memory/memory.limit_in_bytes");
  std::ifstream in("/proc/self/cgroup");
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("0::/")) continue;
    for (std::string group = line.substr(3);; group.resize(group.rfind('/'))) {
      least = std::min(least, limit_in("/sys/fs/cgroup" + group + "/memory.max"));
      if (group.empty() || group == "/") break;
    }
  }
  return least;
}

uint64_t usable_bytes() {
  const long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
  uint64_t least = pages > 0 && size > 0 ? static_cast<uint64_t>(pages) * static_cast<uint64_t>(size) : unlimited;
  rlimit space{};
  if (getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY)
    least = std::min<uint64_t>(least, space.rlim_cur);
  return std::min(least, cgroup_limit());
}

uint64_t resident_bytes() {
  std::ifstream in("/proc/self/statm");
  uint64_t total = 0, resident = 0;
  return in >> total >> resident ? resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE)) : 0;
}

}  // namespace

Budget::Budget() : bytes_(usable_bytes() / 2) {}

void Budget::ask(uint64_t bytes, std::string_view what) const {
  constexpr uint64_t small = 64 << 10;  // not worth a look at the kernel's count; many of them show up in the next one
  if (bytes <= small && bytes <= bytes_) return;
  const uint64_t used = resident_bytes();
  if (bytes <= bytes_ && used <= bytes_ - bytes) return;
  throw Error(fmt::format("{} needs {}, which with the {} in use exceeds the {} of --max-memory", what,
                          bytes == unlimited ? "more memory than can be counted" : size_text(bytes), size_text(used),
                          size_text(bytes_)));
}

void Budget::ask_product(std::initializer_list<uint64_t> factors, std::string_view what) const {
  uint64_t bytes = 1;
  for (const uint64_t factor : factors)
    if (__builtin_mul_overflow(bytes, factor, &bytes)) bytes = unlimited;
  for (const uint64_t factor : factors)
    if (factor == 0) bytes = 0;
  ask(bytes, what);
}

uint64_t parse_size(std::string_view text) {
  const auto wrong = [&] {
    return UsageError(fmt::format("expected a size as 512M, 2G or a number of bytes, found '{}'", text));
  };
  std::string_view number = text;
  if (number.ends_with('B') || number.ends_with('b')) number.remove_suffix(1);
  constexpr std::string_view units = "KMGT";
  double factor = 1;
  if (!number.empty())
    if (const size_t at = units.find(static_cast<char>(std::toupper(static_cast<unsigned char>(number.back()))));
        at != std::string_view::npos) {
      factor = std::pow(1024.0, static_cast<double>(at + 1));
      number.remove_suffix(1);
    }
  double value = 0;
  try {
    parse_value(number, value);
  } catch (const Error&) {
    throw wrong();
  }
  if (!(value * factor >= 1 && value * factor < 9e18)) throw wrong();
  return static_cast<uint64_t>(value * factor);
}

std::string size_text(uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} bytes", bytes);
  constexpr std::array units{"KB", "MB", "GB", "TB", "PB", "EB"};
  double value = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  for (; value >= 1024 && unit + 1 < units.size(); ++unit) value /= 1024;
  return value < 10 ? fmt::format("{:.1f} {}", value, units[unit]) : fmt::format("{:.0f} {}", value, units[unit]);
}

}  // namespace nn
