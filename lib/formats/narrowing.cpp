// SPDX-License-Identifier: MIT
#include "formats/narrowing.h"

#include <algorithm>
#include <cmath>

#include "base/log.h"
#include "base/number.h"

namespace nn {
namespace {
constexpr size_t most_kept = size_t{1} << 23;  // values, 64 MiB
constexpr double exact_up_to = 16777216;       // 2^24

/// Different values that have a float32 in common with another. By chance n numbers of one size have n^2 / 2^25 of them.
size_t equal_now(std::vector<double> values) {
  std::ranges::sort(values);
  values.erase(std::unique(values.begin(), values.end()), values.end());
  size_t equal = 0;
  for (size_t i = 1; i < values.size(); ++i) equal += static_cast<float>(values[i]) == static_cast<float>(values[i - 1]);
  const auto n = static_cast<double>(values.size());
  return static_cast<double>(equal) > n * n / 0x1p23 ? equal : 0;
}
}  // namespace

void Narrowing::keep(size_t column, size_t row, double value) {
  Column& c = columns_[column];
  if (std::fabs(value) > exact_up_to && c.changed++ == 0) c.first_row = row, c.first = value;
  if (kept_ < most_kept) ++kept_, c.inexact.push_back(value);
}

void Narrowing::report(const FormatOptions& options, const std::vector<std::string>& names) const {
  std::string text;
  size_t more = 0;
  for (const auto& [f, c] : columns_) {
    const size_t equal = equal_now(c.inexact);
    if (c.changed == 0 && equal == 0) continue;
    if (text.size() > 300) {
      ++more;
      continue;
    }
    text += (text.empty() ? "" : "; ") + (names.empty() ? "column " + std::to_string(f + 1) : "column '" + printable(names[f]) + "'") + ": ";
    if (c.changed) text += std::to_string(c.changed) + " values beyond 2^24 change, the first " + value_text(c.first) + " in row " + std::to_string(c.first_row + 1);
    if (equal) text += std::string(c.changed ? ", " : "") + std::to_string(equal) + " different values become equal";
  }
  if (more) text += "; and " + std::to_string(more) + " columns more";
  if (!text.empty()) options.warning("rounded to float32: " + text + "; subtract an offset first, or leave the column out");
}

}  // namespace nn
