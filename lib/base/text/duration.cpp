// SPDX-License-Identifier: MIT
#include "base/text/duration.h"

#include <array>
#include <string>

#include "base/error.h"
#include "base/log.h"
#include "base/text/number.h"

namespace nn {
namespace {

struct Unit {
  char letter;
  double seconds;
};
constexpr std::array<Unit, 4> units{{{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}}};

[[noreturn]] void refuse(std::string_view text) {
  throw UsageError("expected a length of time as 3h50m, 45m, 90s or 1d, found " +
                   (text.empty() ? "nothing" : "'" + printable(std::string(text)) + "'"));
}

}  // namespace

double parse_duration(std::string_view text) {
  std::string_view rest = text;
  double sum = 0;
  size_t next = 0;  // first unit that may still come
  if (rest.empty()) refuse(text);
  while (!rest.empty()) {
    const size_t end = rest.find_first_not_of("0123456789.");
    if (end == 0 || end == std::string_view::npos) refuse(text);
    while (next < units.size() && units[next].letter != rest[end]) ++next;
    if (next == units.size()) refuse(text);
    double number = 0;
    try {
      parse_value(rest.substr(0, end), number);
    } catch (const UsageError&) {
      refuse(text);
    }
    sum += number * units[next++].seconds;
    rest.remove_prefix(end + 1);
  }
  return sum;
}

}  // namespace nn
