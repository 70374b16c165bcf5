// SPDX-License-Identifier: MIT
#include "train/run/log_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "base/registry.h"
#include "base/text/json.h"
#include "base/text/number.h"
#include "h5/writing/outfile.h"

namespace nn {
namespace {

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

/// Lines that are whole; what follows the last newline was torn, and is the last one here.
std::vector<std::string> lines_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream all;
  if (in.peek() != std::ifstream::traits_type::eof()) all << in.rdbuf();
  if (!in.is_open() || in.bad()) throw Error(printable(file) + ": cannot be read, to go on with it");
  const std::string text = all.str();
  std::vector<std::string> lines;
  size_t begin = 0;
  for (size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1)
    lines.push_back(text.substr(begin, end - begin));
  lines.push_back(text.substr(begin));
  return lines;
}

/// A pipe, a terminal, another device, and what the shell has opened for us, whatever it is: what is written there
/// stays.
bool is_stream(const std::string& file) {
  if (file.starts_with("/dev/") || file.starts_with("/proc/")) return true;
  std::error_code failure;
  const auto status = std::filesystem::status(file, failure);
  if (std::filesystem::is_directory(status)) throw Error(printable(file) + ": is a folder");
  return std::filesystem::exists(status) && !std::filesystem::is_regular_file(status);
}

void replace(const std::string& file, const std::string& text) {
  h5::OutFile out(file, h5::OutFile::Content::text);
  out.commit(text);
}

}  // namespace

char LogFile::separator_of(const std::string& file, const std::string& format) {
  const auto is = [&](const char* name) {
    return format == name || (format.empty() && file.ends_with(std::string(".") + name));
  };
  if (is("tsv")) return '\t';
  if (is("csv")) return ',';
  if (is("jsonl")) return 0;
  if (!format.empty())
    throw UsageError(unknown_name("format", format, std::vector<std::string>{"tsv", "csv", "jsonl"}));
  throw UsageError(printable(file) +
                   ": expected a name that ends in .tsv, .csv or .jsonl, or format=tsv|csv|jsonl after the name");
}

LogFile::LogFile(const std::string& file, const std::vector<std::string>& columns, const Log& log,
                 const std::string& format)
    : columns_(columns), separator_(separator_of(file, format)) {
  open(file, {}, false, log);
}

LogFile::LogFile(const std::string& file, const std::vector<std::string>& columns, const h5::Columns& history,
                 const Log& log, const std::string& format)
    : columns_(columns), separator_(separator_of(file, format)) {
  open(file, history, true, log);
}

void LogFile::open(const std::string& file, const h5::Columns& history, bool goes_on, const Log& log) {
  std::string text = header();
  for (size_t row = 0; row < rows_in(history); ++row) text += line(history, row) + "\n";
  const bool stream = is_stream(file);
  std::error_code failure;
  if (!stream) {
    if (goes_on && std::filesystem::exists(file, failure)) check_existing(file, history);
    replace(file, text);
  }
  file_ = std::make_unique<AppendFile>(file, AppendFile::Open::existing, log);
  if (stream && !text.empty()) file_->append(text);
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
  const std::string torn = lines.back();
  lines.pop_back();
  if (lines.empty() && torn.empty()) return;
  const auto refuse = [&](size_t number, const std::string& why, const std::string& expected,
                          const std::string& found) {
    throw Error(
        fmt::format("{}, line {}: {}: expected '{}', found '{}'; name another file with --log, or remove this one",
                    printable(file), number, why, printable(expected), printable(found.substr(0, 200))));
  };
  const std::string first = separator_ ? header().substr(0, header().size() - 1) : "{\"epoch\":";
  const bool whole = !lines.empty();
  const std::string& begin = whole ? lines[0] : torn;
  if (separator_ && whole ? begin != first : !begin.starts_with(first) && !(first.starts_with(begin) && !whole))
    refuse(1, "is no log of these columns", first, begin);
  const size_t before = separator_ ? 1 : 0,
               common = std::min(lines.size() - std::min(lines.size(), before), rows_in(history));
  for (size_t row = 0; row < common; ++row) {
    const std::string expected = line(history, row), &found = lines[row + before];
    if (without_seconds(found) != without_seconds(expected))
      refuse(row + before + 1, "is of another run", expected, found);
  }
}

}  // namespace nn
