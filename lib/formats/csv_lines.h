// SPDX-License-Identifier: MIT
// Comma- or tab-separated text to fields, RFC 4180: quotes, doubled quotes, newlines within quotes (csv only), CRLF, a byte
// order mark. Lines, fields and columns are bounded, NUL bytes refused.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace nn {

struct CsvRow {
  size_t line = 1;                        ///< where the row starts, from 1
  std::vector<std::string_view> fields;   ///< valid until the next row
  std::vector<size_t> columns;            ///< byte column of each field, from 1
};

class CsvLines {
 public:
  /// text must outlive this. Blank lines are passed over.
  CsvLines(std::string_view text, char separator);
  /// Error with line and column: an unclosed quote, text after a closing quote, NUL, a line over 16 MiB.
  bool next(CsvRow& row);

 private:
  std::string_view quoted_field(const CsvRow& row);
  std::string_view plain_field(const CsvRow& row);
  [[noreturn]] void fail(size_t column, const std::string& message) const;

  std::string_view text_;
  char separator_;
  size_t at_ = 0, line_ = 1, line_start_ = 0;
  std::deque<std::string> unquoted_;      ///< fields whose doubled quotes were undone
  size_t unquoted_used_ = 0;
};

}  // namespace nn
