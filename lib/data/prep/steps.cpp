// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "base/text/number.h"
#include "base/text/split.h"
#include "data/prep/step.h"

namespace nn {

#define PLUGIN_TYPE PrepStepType
#define PLUGIN_TABLE prep_step_types
#define PLUGIN_OBJECT(name) name##_step
#define PLUGIN_LIST "data/prep/steps.def"
#include "base/plugin_table.inc"

std::vector<double> numbers_in(const std::string& text, char separator, size_t parts, const std::string& step) {
  std::vector<double> numbers;
  for (const std::string_view part : split_at(text, separator)) {
    double value = 0;
    in_context(step, [&] { parse_value(part, value); });
    numbers.push_back(value);
  }
  if (parts != 0 && numbers.size() != parts)
    throw UsageError(
        fmt::format("{}: expected {} numbers with '{}' between, found '{}'", step, parts, separator, text));
  return numbers;
}

}  // namespace nn
