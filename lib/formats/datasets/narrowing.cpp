// SPDX-License-Identifier: MIT
#include "formats/datasets/narrowing.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <unordered_map>

#include "base/log.h"
#include "base/text/number.h"

namespace nn {
namespace {
constexpr size_t most_kept = size_t{1} << 23;  // values, 64 MiB
constexpr double exact_up_to = 16777216;       // 2^24

/// The text with the fewest digits of a float32 is no other number: 3.4028235e+38 stands for the greatest.
bool is_text_of_float(double value) {
  char text[40];
  const char* end =
      std::to_chars(text, text + sizeof text, static_cast<float>(value), std::chars_format::scientific).ptr;
  double back = 0;
  return std::from_chars(text, end, back).ec == std::errc() && back == value;
}
}  // namespace

/// Different values that have a float32 in common with another. By chance n numbers of one size have n^2 / 2^25 of
/// them.
size_t Narrowing::equal_now(const Column& column, std::span<const float> rounded, size_t width, size_t place) {
  std::vector<double> values = column.inexact;
  std::ranges::sort(values);
  std::unordered_map<float, size_t> inexact;  // how many of them became this number
  for (const double value : values) ++inexact[static_cast<float>(value)];
  values.erase(std::unique(values.begin(), values.end()), values.end());
  size_t equal = 0, exact = 0;
  for (size_t i = 1; i < values.size(); ++i)
    equal += static_cast<float>(values[i]) == static_cast<float>(values[i - 1]);
  if (column.all_kept && !inexact.empty()) {
    std::unordered_map<float, size_t> all;
    for (size_t i = place; i < rounded.size(); i += width)
      if (inexact.contains(rounded[i])) ++all[rounded[i]];
    for (const auto& [value, count] : all) exact += count > inexact.at(value);
  }
  const auto n = static_cast<double>(values.size() + exact);
  return static_cast<double>(equal + exact) > n * n / 0x1p23 ? equal + exact : 0;
}

void Narrowing::keep(size_t column, size_t row, double value) {
  if (column >= columns_.size()) columns_.resize(column + 1);
  Column& c = columns_[column];
  if (std::fabs(value) > exact_up_to && !is_text_of_float(value) && c.changed++ == 0)
    c.first_row = row, c.first = value;
  if (kept_ < most_kept)
    ++kept_, c.inexact.push_back(value);
  else
    c.all_kept = false;
}

void Narrowing::report(const FormatOptions& options, std::span<const float> rounded, size_t width,
                       const std::vector<std::string>& names, const char* what) const {
  std::string text;
  size_t more = 0;
  for (size_t f = 0; f < columns_.size(); ++f) {
    const Column& c = columns_[f];
    const size_t equal = equal_now(c, rounded, width, f);
    if (c.changed == 0 && equal == 0) continue;
    if (text.size() > 300) {
      ++more;
      continue;
    }
    text +=
        (text.empty() ? "" : "; ") +
        (names.empty() ? what + (" " + std::to_string(f + 1)) : what + std::string(" '") + printable(names[f]) + "'") +
        ": ";
    if (c.changed)
      text += std::to_string(c.changed) + " values beyond 2^24 change, the first " + value_text(c.first) + " in row " +
              std::to_string(c.first_row + 1);
    if (equal) text += std::string(c.changed ? ", " : "") + std::to_string(equal) + " different values become equal";
  }
  if (more) text += "; and " + std::to_string(more) + " " + what + "s more";
  if (!text.empty())
    options.warning("rounded to float32: " + text + "; subtract an offset first, or leave the values out");
}

}  // namespace nn
