// SPDX-License-Identifier: MIT
// Text with separators to fields, RFC 4180: quotes, doubled quotes, newlines within quotes, CRLF, a byte order mark.
// Lines, fields and columns are bounded, NUL bytes refused.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nn {

struct CsvRow {
  size_t line = 1;                       ///< where the row starts, from 1
  std::vector<std::string_view> fields;  ///< valid until the next row
  std::vector<bool> quoted;              ///< whether it stood between quotes
};

/// The separator that Excel's first line "sep=;" names, which is no row of the table; nothing without such a line.
std::optional<char> separator_line(std::string_view text);

class CsvLines {
 public:
  /// text must outlive this. Blank lines and a separator_line() are passed over. A separator of ' ' is one or more
  /// blanks or tabs.
  CsvLines(std::string_view text, char separator);
  /// Error with the line and the column of the table: an unclosed quote, text after a closing quote, NUL, a line over
  /// 16 MiB.
  bool next(CsvRow& row);

 private:
  std::string_view quoted_field();
  std::string_view plain_field();
  bool at_separator() const {
    return at_ < text_.size() && (text_[at_] == separator_ || (separator_ == ' ' && text_[at_] == '\t'));
  }
  bool at_line_end() const { return at_ >= text_.size() || text_[at_] == '\n' || text_.substr(at_, 2) == "\r\n"; }
  void skip_separators();
  [[noreturn]] void fail(const std::string& message) const;

  std::string_view text_;
  char separator_;
  size_t at_ = 0, line_ = 1, line_start_ = 0;
  size_t column_ = 1;                 ///< of the field that is read, from 1
  std::deque<std::string> unquoted_;  ///< fields whose doubled quotes were undone
  size_t unquoted_used_ = 0;
};

}  // namespace nn
