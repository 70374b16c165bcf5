// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "base/text/number.h"
#include "base/text/split.h"
#include "data/prep/step.h"

namespace nn {

#define PREP_STEP(name) extern const PrepStepType name##_step;
#include "data/prep/steps.def"
#undef PREP_STEP

Table<PrepStepType> prep_step_types() {
  static const PrepStepType* const table[] = {
#define PREP_STEP(name) &name##_step,
#include "data/prep/steps.def"
#undef PREP_STEP
  };
  return table;
}

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
