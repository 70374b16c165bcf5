// SPDX-License-Identifier: MIT
#include "cli/operands.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <sstream>

namespace nn::cli {
namespace {

bool repeats(const std::string& metavar) {
  return metavar.size() > 3 && metavar.compare(metavar.size() - 3, 3, "...") == 0;
}

/// How many operands a synopsis names: its words outside of option brackets, no limit with "...".
size_t limit_of(const std::string& synopsis) {
  std::istringstream words(synopsis);
  std::string word;
  size_t count = 0;
  bool after_option = false;
  while (words >> word) {
    if (word == "[OPTION]...") continue;
    const bool option = word.find("-") <= 1;
    if (!option && !after_option) {
      if (word.find("...") != std::string::npos) return std::numeric_limits<size_t>::max();
      ++count;
    }
    after_option = option && word.back() != ']';
  }
  return count;
}

}  // namespace

void fill_operands(const ToolInfo& info, OptionSet& set, const std::vector<std::string>& operands) {
  if (std::count(operands.begin(), operands.end(), "-") > 1)
    throw UsageError("'-' means standard input, which can be read once only");
  std::vector<Option*> places;
  for (Option& o : set.all())
    if (o.operand) places.push_back(&o);
  size_t next = 0;
  for (Option* place : places) {
    const size_t end = repeats(place->metavar) ? operands.size() : std::min(next + 1, operands.size());
    if (place->required && next == end)
      throw UsageError(fmt::format("operand {} is missing (see --help)", place->metavar));
    for (; next < end; ++next) set.set_option(place->name, operands[next]);
  }
  const size_t limit = places.empty() ? limit_of(info.synopsis) : next;
  if (operands.size() > limit)
    throw UsageError(
        fmt::format("operand '{}' is one too many (usage: {} {})", operands[limit], info.name, info.synopsis));
}

}  // namespace nn::cli
