// SPDX-License-Identifier: MIT
#include "train/log_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "base/json.h"
#include "base/number.h"
#include "h5/outfile.h"

namespace nn {
namespace {

char separator_for(const std::string& file) {
  if (file.ends_with(".tsv")) return '\t';
  if (file.ends_with(".csv")) return ',';
  if (file.ends_with(".jsonl")) return 0;
  throw UsageError(printable(file) + ": expected a name that ends in .tsv, .csv or .jsonl");
}

std::string number_text(double value, bool json) {
  if (std::isfinite(value)) return value_text(value);
  if (json) return "null";
  return std::isnan(value) ? "NaN" : value > 0 ? "Inf" : "-Inf";
}

double value_in(const h5::Columns& table, const std::string& column, size_t row) {
  for (const auto& [name, values] : table)
    if (name == column) return row < values.size() ? values[row] : NAN;
  return NAN;
}

size_t rows_in(const h5::Columns& table) { return table.empty() ? 0 : table.front().second.size(); }

/// Lines that are whole; what follows the last newline was torn.
std::vector<std::string> lines_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream all;
  if (in.peek() != std::ifstream::traits_type::eof()) all << in.rdbuf();
  if (!in.is_open() || in.bad()) throw Error(printable(file) + ": cannot be read, to go on with it");
  const std::string text = all.str();
  std::vector<std::string> lines;
  size_t begin = 0;
  for (size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) lines.push_back(text.substr(begin, end - begin));
  return lines;
}

bool exists(const std::string& file) {
  std::error_code failure;
  const auto status = std::filesystem::status(file, failure);
  if (!std::filesystem::exists(status)) return false;
  if (!std::filesystem::is_regular_file(status))
    throw Error(printable(file) + ": expected a regular file, which can be gone on with after a break");
  return true;
}

void replace(const std::string& file, const std::string& text) {
  h5::OutFile out(file, h5::OutFile::Content::text);
  out.commit(text);
}

}  // namespace

void LogFile::check_name(const std::string& file) { separator_for(file); }

LogFile::LogFile(const std::string& file, const std::vector<std::string>& columns, const Log& log)
    : columns_(columns), separator_(separator_for(file)) {
  exists(file);
  replace(file, header());
  file_ = std::make_unique<AppendFile>(file, AppendFile::Open::existing, log);
}

LogFile::LogFile(const std::string& file, const std::vector<std::string>& columns, const h5::Columns& history, const Log& log)
    : columns_(columns), separator_(separator_for(file)) {
  if (exists(file)) check_existing(file, history);
  std::string text = header();
  for (size_t row = 0; row < rows_in(history); ++row) text += line(history, row) + "\n";
  replace(file, text);
  file_ = std::make_unique<AppendFile>(file, AppendFile::Open::existing, log);
}

void LogFile::add(const h5::Columns& row) { file_->append(line(row, 0) + "\n"); }

std::string LogFile::header() const {
  if (!separator_) return "";
  std::string text;
  for (const std::string& column : columns_) (text.empty() ? text : text += separator_) += column;
  return text + "\n";
}

std::string LogFile::line(const h5::Columns& table, size_t row) const {
  std::string text;
  for (const std::string& column : columns_) {
    if (!text.empty()) text += separator_ ? separator_ : ',';
    if (!separator_) text += Json(column).dump() + ":";
    text += number_text(value_in(table, column, row), !separator_);
  }
  return separator_ ? text : "{" + text + "}";
}

/// The time that an epoch took is the one value that may differ between runs that are the same.
std::string LogFile::without_seconds(const std::string& line) const {
  if (columns_.empty() || columns_.back() != "seconds") return line;
  return line.substr(0, separator_ ? line.rfind(separator_) : line.rfind(",\"seconds\":"));
}

void LogFile::check_existing(const std::string& file, const h5::Columns& history) const {
  std::vector<std::string> lines = lines_of(file);
  const std::string advice = "; name another file with --log, or remove this one";
  if (lines.empty()) return;
  size_t before = 0;
  if (separator_) {
    before = 1;
    const std::string expected = header();
    if (lines[0] + "\n" != expected)
      throw Error(fmt::format("{}, line 1: expected the columns '{}' of this run, found '{}'{}", printable(file),
                              printable(expected.substr(0, expected.size() - 1)), printable(lines[0].substr(0, 200)), advice));
  }
  const size_t common = std::min(lines.size() - before, rows_in(history));
  for (size_t row = 0; row < common; ++row) {
    const std::string expected = line(history, row), &found = lines[row + before];
    if (without_seconds(found) != without_seconds(expected))
      throw Error(fmt::format("{}, line {}: is of another run: expected '{}', found '{}'{}", printable(file), row + before + 1,
                              printable(expected), printable(found.substr(0, 200)), advice));
  }
}

}  // namespace nn
