// SPDX-License-Identifier: MIT
#include "formats/datasets/csv/csv_header.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <span>
#include <unordered_map>

#include "base/error.h"
#include "base/log.h"

namespace nn {
namespace {

enum class Kind { number, missing, text };

Kind kind_of(std::string_view field, char decimal) {
  double ignored = 0;
  if (is_missing(field)) return Kind::missing;
  return csv_number(field, decimal, ignored) || csv_logical(field, ignored) ? Kind::number : Kind::text;
}

/// Columns whose text says nothing, because no number is expected there: given by number.
std::vector<bool> columns_of_text(const CsvOptions& options, size_t count) {
  std::vector<bool> text(count);
  const auto mark = [&](const std::string& column) {
    int64_t number = 0;
    const auto [stop, error] = std::from_chars(column.data(), column.data() + column.size(), number);
    if (error != std::errc() || stop != column.data() + column.size()) return;
    const int64_t place = number < 0 ? static_cast<int64_t>(count) + number : number - 1;
    if (place >= 0 && place < static_cast<int64_t>(count)) text[static_cast<size_t>(place)] = true;
  };
  mark(options.label);
  for (const std::string& column : options.ignore) mark(column);
  return text;
}

bool is_asked_for(const std::string& name, const CsvOptions& options) {
  double ignored = 0;
  if (name.empty() || csv_number(name, '.', ignored)) return false;
  const auto has = [&](const std::vector<std::string>& names) { return std::ranges::find(names, name) != names.end(); };
  return name == options.label || has(options.target) || has(options.features) || has(options.ignore);
}

/// 4, 5, 6, 7: what pandas writes over columns without names.
bool counts(std::span<const std::string> fields, char decimal) {
  double before = 0, value = 0;
  for (size_t f = 0; f < fields.size(); ++f, before = value)
    if (!csv_number(fields[f], decimal, value) || value != std::floor(value) || (f > 0 && value != before + 1))
      return false;
  return fields.size() >= 2;
}

bool is_whole(const std::string& field, char decimal) {
  double value = 0;
  return csv_number(field, decimal, value) && value == std::floor(value);
}

/// 5, 0, 0.1, 0.2: what pandas makes of a sample of whole numbers that it takes for names, no two of them alike.
bool is_made_distinct(std::span<const std::string> fields) {
  std::unordered_map<std::string, int> seen;
  int made = 0;
  for (const std::string& field : fields) {
    const size_t point = field.find('.');
    const std::string name = field.substr(0, point);
    const int before = seen[name]++;
    if (before == 0 ? point != std::string::npos : field != name + "." + std::to_string(before)) return false;
    made += before > 0;
  }
  return made >= 2;
}

/// "150,4,setosa,versicolor,virginica" over samples of 4 features and the number of a class.
bool counts_the_table(const TableStart& start) {
  const auto& first = start.first;
  const auto is_number = [](const std::string& field) { return kind_of(field, '.') == Kind::number; };
  if (first.size() < 3 || start.second.empty() || !std::ranges::all_of(start.second, is_number) ||
      first[1] != std::to_string(start.second.size() - 1))
    return false;
  const auto lines = std::ranges::count(start.text, '\n') + (start.text.ends_with('\n') ? 0 : 1);
  return (first.size() != start.second.size() ? is_whole(first[0], '.') : first[0] == std::to_string(lines - 1)) &&
         std::ranges::none_of(std::span(first).subspan(2), is_number);
}
}  // namespace

bool is_usual_label(std::string name) {
  std::ranges::transform(name, name.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return name == "label" || name == "class" || name == "labels";
}

bool is_own_name(std::string_view name) {
  return name.starts_with("target:") || name.starts_with("target#") || name.starts_with("class:") ||
         name.starts_with("feature:") || name.starts_with("feature#") || name == "c0y0x0";
}

bool has_header(const TableStart& start, const CsvOptions& options, std::string& guessed) {
  if (options.header != "auto") return options.header == "yes";
  const auto& first = start.first;
  const char decimal = start.dialect.decimal;
  if (std::ranges::any_of(first,
                          [&](const std::string& name) { return is_asked_for(name, options) || is_own_name(name); }))
    return true;
  const std::vector<bool> text = columns_of_text(options, first.size());
  std::string over, number;  // one of each kind of evidence
  bool only_text = true;
  for (size_t f = 0; f < first.size(); ++f) {
    const Kind above = kind_of(first[f], decimal);
    const Kind below = f < start.second.size() ? kind_of(start.second[f], decimal) : Kind::missing;
    if (above == Kind::number && !text[f]) number = first[f], only_text = false;
    if (above == Kind::text && (below == Kind::number || (below == Kind::missing && !text[f]))) over = first[f];
    if (above == Kind::missing && below != Kind::missing && f > 0) only_text = false;
  }
  // An index without a name, and columns that pandas numbers from 0.
  const std::span<const std::string> behind = std::span(first).subspan(1);
  const bool indexed = first.front().empty() && counts(behind, decimal) && behind.front() == "0";
  const bool usual = indexed || std::ranges::any_of(first, is_usual_label);
  const std::string line = "line " + std::to_string(start.line) + ": ";
  if (counts_the_table(start))
    throw Error(line +
                "holds the numbers of samples and features, as files of scikit-learn do, and no names; leave it out: "
                "tail -n +2 FILE | nn-convert --header no --label -1 - OUT");
  if (!number.empty() && !over.empty() && !usual)
    throw Error(line + "names or a sample? '" + printable(over) + "' is no number and '" + printable(number) +
                "' is one; say --header yes or --header no");
  const auto fraction_below = [&] {
    return std::ranges::any_of(start.second, [&](const std::string& field) {
      return kind_of(field, decimal) == Kind::number && !is_whole(field, decimal);
    });
  };
  const auto whole_below = [&] {
    return std::ranges::all_of(start.second, [&](const std::string& field) { return is_whole(field, decimal); });
  };
  if (over.empty() && !usual && counts(first, decimal) && !counts(start.second, decimal) &&
      (first.size() >= 4 || fraction_below()))
    throw Error(line + "names or a sample? It counts from " + first.front() + " to " + first.back() +
                "; say --header yes or --header no");
  if (over.empty() && !usual && is_made_distinct(first) && whole_below())
    throw Error(line + "names or a sample? It reads as the first sample that pandas took for names ('" +
                printable(first.back()) +
                "'); say --header yes, or write the table again from read_csv(..., header=None)");
  const bool names = usual || !over.empty() || (number.empty() && only_text);
  guessed = names ? "the first line holds names (--header)" : "the first line is a sample (--header)";
  return names;
}

}  // namespace nn
