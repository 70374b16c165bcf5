// SPDX-License-Identifier: MIT
#include "formats/datasets/csv/csv_lines.h"

#include <algorithm>
#include <cctype>

#include "base/error.h"
#include "base/text/utf8.h"
#include "formats/intake.h"

namespace nn {
namespace {
constexpr size_t most_fields = 1'000'000;
}  // namespace

std::optional<char> separator_line(std::string_view text) {
  text = without_mark(text);
  std::string_view line = text.substr(0, text.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  const bool quoted = line.size() > 2 && line.front() == '"' && line.back() == '"';  // some write it as a field
  if (quoted) line = line.substr(1, line.size() - 2);
  if (line.size() != 5 || !(line.starts_with("sep=") || line.starts_with("SEP=") || line.starts_with("Sep=")))
    return {};
  const char c = line[4];
  const bool is_separator =
      c == '\t' || c == ' ' ||
      (c > ' ' && c < '\x7f' && std::string_view("\"'.-+_").find(c) == std::string_view::npos && !std::isalnum(c));
  return is_separator ? std::optional(c) : std::nullopt;
}

CsvLines::CsvLines(std::string_view text, char separator) : text_(text), separator_(separator) {
  const bool named = separator_line(text).has_value();
  text_ = without_mark(text_);
  if (!named) return;
  at_ = line_start_ = std::min(text_.find('\n'), text_.size() - 1) + 1;
  line_ = 2;
}

void CsvLines::fail(const std::string& message) const {
  throw Error("line " + std::to_string(line_) + ", column " + std::to_string(column_) + ": " + message);
}

void CsvLines::skip_separators() {
  if (separator_ != ' ') return;
  while (at_separator()) ++at_;
}

std::string_view CsvLines::plain_field() {
  const size_t start = at_;
  while (at_ < text_.size() && !at_separator() && text_[at_] != '\n') {
    if (text_[at_] == '\0') fail("a NUL byte; is this a text file?");
    if (++at_ - line_start_ > longest_line) fail("longer than 16 MiB; is this a text file?");
  }
  std::string_view field = text_.substr(start, at_ - start);
  if ((at_ == text_.size() || text_[at_] == '\n') && field.ends_with('\r')) field.remove_suffix(1);
  while (field.starts_with(' ')) field.remove_prefix(1);
  while (field.ends_with(' ')) field.remove_suffix(1);
  return field;
}

std::string_view CsvLines::quoted_field() {
  const size_t start = ++at_;
  const size_t first_line = line_, row_start = start;
  std::string* copy = nullptr;
  size_t run = start;
  for (;; ++at_) {
    if (at_ >= text_.size()) {
      line_ = first_line;
      fail("a quote that is never closed");
    }
    if (at_ - row_start > longest_line) fail("a quoted field longer than 16 MiB; is a quote missing?");
    if (text_[at_] == '\0') fail("a NUL byte; is this a text file?");
    if (text_[at_] == '\n') ++line_, line_start_ = at_ + 1;
    if (text_[at_] != '"') continue;
    if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') break;
    if (!copy) {
      if (unquoted_used_ == unquoted_.size()) unquoted_.emplace_back();
      copy = &unquoted_[unquoted_used_++];
      copy->clear();
    }
    copy->append(text_.substr(run, at_ + 1 - run));
    run = ++at_ + 1;
  }
  std::string_view field = text_.substr(run, at_ - run);
  if (copy) {
    copy->append(field);
    field = *copy;
  }
  ++at_;
  if (at_ < text_.size() && text_[at_] == '\r') ++at_;
  if (at_ < text_.size() && !at_separator() && text_[at_] != '\n')
    fail("text after a closing quote; if another character separates the columns, name it with --separator");
  return field;
}

bool CsvLines::next(CsvRow& row) {
  row.fields.clear();
  row.quoted.clear();
  unquoted_used_ = 0;
  for (skip_separators(); at_ < text_.size() && at_line_end(); skip_separators()) {
    at_ += text_[at_] == '\n' ? 1 : 2;
    ++line_, line_start_ = at_;
  }
  if (at_ >= text_.size()) return false;
  row.line = line_;
  for (column_ = 1;; ++column_) {
    row.quoted.push_back(at_ < text_.size() && text_[at_] == '"');
    row.fields.push_back(row.quoted.back() ? quoted_field() : plain_field());
    if (row.fields.size() > most_fields) fail("more than 1,000,000 columns");
    if (at_separator()) {
      ++at_;
      skip_separators();
      if (separator_ != ' ' || !at_line_end()) continue;
      if (at_ < text_.size() && text_[at_] == '\r') ++at_;
    }
    if (at_ < text_.size()) ++at_, ++line_, line_start_ = at_;
    return true;
  }
}

}  // namespace nn
