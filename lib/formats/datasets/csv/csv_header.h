// SPDX-License-Identifier: MIT
// Whether the first line of a table holds names or a sample.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "formats/datasets/csv/csv_text.h"

namespace nn {

/// The start of a table: its first two lines, copied (second is empty when there is none).
struct TableStart {
  std::string_view text;
  CsvDialect dialect;
  size_t line = 1;
  std::vector<std::string> first, second;
};

/// By --header; else text over numbers says names, and numbers in the first line say a sample. Error when both are
/// there or the first line counts, and none of the names that the options or we use is in it. A guess is appended to
/// `guessed`.
bool has_header(const TableStart& start, const CsvOptions& options, std::string& guessed);

/// Column names that are taken for the class when nothing is asked for: "label", "class", "labels", in capitals too.
bool is_usual_label(std::string name);
/// Names that nn-convert writes (formats/csv_columns.h) besides "label".
bool is_own_name(std::string_view name);

}  // namespace nn
