// SPDX-License-Identifier: MIT
#include "data/row_range.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/text/number.h"
#include "base/text/split.h"

namespace nn {
namespace {

int64_t parse_bound(std::string_view text, int64_t otherwise, const std::string& whole) {
  if (text.empty()) return otherwise;
  int64_t value = 0;
  try {
    parse_value(text, value);
  } catch (const UsageError&) {
    throw UsageError("--rows: expected FIRST:END, a row, or several joined by commas, found '" + whole + "'");
  }
  return value;
}

}  // namespace

std::vector<int64_t> parse_rows(const std::string& text, int64_t n) {
  std::vector<int64_t> rows;
  for (const std::string_view part : split_at(text, ',')) {
    const size_t colon = part.find(':');
    int64_t first, last;
    if (part.empty())
      throw UsageError("--rows: expected FIRST:END, a row, or several joined by commas, found '" + text + "'");
    if (colon == std::string_view::npos) {
      first = parse_bound(part, 0, text);
      last = first < INT64_MAX ? first + 1 : first;
    } else {
      first = parse_bound(part.substr(0, colon), 0, text);
      last = parse_bound(part.substr(colon + 1), n, text);
    }
    if (first < 0 || last <= first || last > n)
      throw UsageError(fmt::format(
          "--rows: '{}' is out of range: rows are numbered 0 to {}, and FIRST:END leaves END out", part, n - 1));
    for (int64_t row = first; row < last; ++row) rows.push_back(row);
  }
  return rows;
}

}  // namespace nn
