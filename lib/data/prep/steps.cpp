// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "base/number.h"
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
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(separator, begin), text.size());
    double value = 0;
    in_context(step, [&] { parse_value(std::string_view(text).substr(begin, end - begin), value); });
    numbers.push_back(value);
    begin = end + 1;
  }
  if (parts != 0 && numbers.size() != parts)
    throw UsageError(fmt::format("{}: expected {} numbers with '{}' between, found '{}'", step, parts, separator, text));
  return numbers;
}

}  // namespace nn
