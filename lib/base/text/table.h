// SPDX-License-Identifier: MIT
// A table of results on its way to text: named columns, rows of JSON scalars (null where nothing was measured).
#pragma once

#include <string>
#include <vector>

#include "base/text/json.h"

namespace nn {

struct TextTable {
  std::vector<std::string> columns;
  std::vector<std::vector<Json>> rows;  ///< each as long as columns

  /// Header and rows, cells joined by separator. Numbers are the shortest text that reads back to the same bits, null
  /// is "nan"; tab-separated cells have control characters written as \\x09, others are quoted as RFC 4180 says.
  std::string text(char separator = '\t') const;
  /// An array of objects, one per row.
  Json json() const;
};

/// Text of one cell: "nan" for null.
std::string cell_text(const Json& cell);
/// One field of a CSV (quoted where needed) or TSV (control characters written as \\x09) line.
std::string field_text(const std::string& text, char separator);

}  // namespace nn
