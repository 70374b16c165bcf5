// SPDX-License-Identifier: MIT
#include "results/cells.h"

#include <fmt/format.h>

#include <cmath>

#include "base/error.h"
#include "base/text/number.h"

namespace nn {

Json number_cell(double value) {
  if (std::isfinite(value) && value == std::floor(value) && std::fabs(value) < 9e15)
    return Json(static_cast<int64_t>(value));
  return std::isfinite(value) ? Json(value) : Json();
}

Json float_cell(float value) {
  if (!std::isfinite(value)) return Json();
  double shortest = 0;  // the shortest text of the float, not of the double beside it
  parse_value(fmt::format("{}", value), shortest);
  return number_cell(shortest);
}

Json setting_json(const std::string& text) {
  if (text == "true" || text == "false") return Json(text == "true");
  try {
    if (int64_t whole = 0; text.find_first_not_of("-0123456789") == std::string::npos) {
      parse_value(text, whole);
      if (value_text(whole) == text) return Json(whole);
    } else if (double number = 0; text.find_first_not_of("-+.0123456789e") == std::string::npos) {
      parse_value(text, number);
      return Json(number);
    }
  } catch (const UsageError&) {  // no number
  }
  return Json(text);
}

}  // namespace nn
