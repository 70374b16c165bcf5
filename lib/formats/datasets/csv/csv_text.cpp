// SPDX-License-Identifier: MIT
#include "formats/datasets/csv/csv_text.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/error.h"
#include "base/log.h"
#include "formats/datasets/csv/csv_lines.h"

namespace nn {
namespace {
constexpr size_t looked_at = 20;  // lines

std::string separator_name(char separator) {
  return separator == '\t'  ? "tab"
         : separator == ' ' ? "space"
         : separator == ';' ? "semicolon"
         : separator == ',' ? "comma"
                            : std::string(1, separator);
}

/// Fields of the first lines that are numbers, for one separator.
struct Score {
  size_t columns = 0;  ///< 0 when the lines have different numbers of them
  size_t fields = 0;
  size_t points = 0, commas = 0;  ///< numbers with '.' and with ',' as decimal sign
  size_t with_comma = 0;          ///< of those, the ones that hold a comma
  std::vector<bool> numbers;      ///< columns that hold only numbers below the first line
  bool some_numbers() const { return columns > 1 && std::ranges::find(numbers, true) != numbers.end(); }
  double share(bool comma) const {
    return fields ? static_cast<double>(comma ? commas : points) / static_cast<double>(fields) : 0;
  }
};

Score score_of(std::string_view text, char separator) {
  Score score;
  try {
    CsvLines lines(text, separator);
    CsvRow row;
    for (size_t n = 0; n < looked_at && lines.next(row); ++n) {
      if (n == 0) score.columns = row.fields.size();
      if (n == 1) score.numbers.assign(score.columns, true);
      if (row.fields.size() != score.columns) return {};
      for (size_t f = 0; f < row.fields.size(); ++f) {
        const std::string_view field = row.fields[f];
        double ignored = 0;
        const bool point = is_missing(field) || csv_number(field, '.', ignored),
                   comma = is_missing(field) || csv_number(field, ',', ignored);
        ++score.fields;
        score.points += point;
        if (comma) ++score.commas, score.with_comma += field.find(',') != std::string_view::npos;
        if (n > 0) score.numbers[f] = score.numbers[f] && (point || comma);
      }
    }
  } catch (const Error&) {
    return {};  // a quote that is none with this separator
  }
  return score;
}
}  // namespace

char named_separator(const std::string& name, char usual) {
  if (name == "auto") return usual;
  if (name == "comma") return ',';
  if (name == "semicolon") return ';';
  if (name == "tab" || name == "\\t") return '\t';
  if (name == "space") return ' ';
  if (name.size() == 1 && std::string_view("\"\r\n.-+").find(name[0]) == std::string_view::npos &&
      !(name[0] >= '0' && name[0] <= '9'))
    return name[0];
  throw UsageError(
      "--separator: expected auto, comma, semicolon, tab, space or one character that is no part of a number, found '" +
      printable(name) + "'");
}

CsvDialect dialect_of(std::string_view text, char usual, const CsvOptions& options) {
  if (options.decimal != "auto" && options.decimal != "." && options.decimal != ",")
    throw UsageError("--decimal: expected auto, '.' or ',', found '" + printable(options.decimal) + "'");
  const std::optional<char> stated = options.separator == "auto" ? separator_line(text) : std::nullopt;
  CsvDialect dialect{
      stated ? named_separator(std::string(1, *stated), usual) : named_separator(options.separator, usual), '.'};
  Score best = score_of(text, dialect.separator);
  const auto value = [&](const Score& s, char separator) {
    const bool points = options.decimal != ",", commas = options.decimal != "." && separator != ',';
    return s.columns < 2 ? -1.0 : std::max(points ? s.share(false) : 0, commas ? s.share(true) : 0);
  };
  if (options.separator == "auto" && !stated)
    for (const char other : {',', '\t', ';', '|', ' '}) {
      const Score score = score_of(text, other);
      // Blanks stand in text, too: they separate what is mostly numbers, or what nothing else separates and has a
      // column of numbers.
      const bool blanks = value(score, other) >= 0.5 || (best.columns < 2 && score.some_numbers());
      if (value(score, other) <= value(best, dialect.separator) || (other == ' ' && !blanks)) continue;
      best = score, dialect.separator = other;
    }
  const bool comma = dialect.separator != ',' && best.commas > best.points && best.with_comma > 0;
  dialect.decimal = options.decimal == "auto" ? (comma ? ',' : '.') : options.decimal[0];
  if (dialect.decimal == dialect.separator)
    throw UsageError("--decimal and --separator are the same character '" + std::string(1, dialect.decimal) + "'");
  std::string guessed;
  if (options.separator == "auto" && !stated && dialect.separator != usual)
    guessed = "the columns are separated by " + separator_name(dialect.separator) + " (--separator)";
  if (options.decimal == "auto" && dialect.decimal == ',')
    guessed += std::string(guessed.empty() ? "" : ", ") + "the decimal sign is a comma (--decimal)";
  if (!guessed.empty()) options.note("guessed: " + guessed);
  return dialect;
}

bool csv_number(std::string_view field, char decimal, double& value) {
  if (field.starts_with('+')) field.remove_prefix(1);
  if (decimal == '.') {
    const auto [stop, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    return error == std::errc() && stop == field.data() + field.size();
  }
  std::array<char, 64> copy{};
  if (field.size() > copy.size() || field.find('.') != std::string_view::npos) return false;
  std::ranges::replace_copy(field, copy.begin(), decimal, '.');
  const auto [stop, error] = std::from_chars(copy.data(), copy.data() + field.size(), value);
  return error == std::errc() && stop == copy.data() + field.size();
}

bool csv_logical(std::string_view field, double& value) {
  const bool yes = field == "True" || field == "TRUE" || field == "true",
             no = field == "False" || field == "FALSE" || field == "false";
  if (yes || no) value = yes ? 1 : 0;
  return yes || no;
}

bool is_missing(std::string_view field) {
  static constexpr std::array<std::string_view, 22> words{
      "",     "NA",   "N/A",  "n/a",  "na",  "nan",  "NaN", "NAN", "-nan",   "-NaN",    "null",
      "NULL", "Null", "None", "#N/A", "#NA", "<NA>", "NaT", "?",   "#NULL!", "1.#QNAN", "#N/A N/A"};
  return field.size() <= 8 && std::ranges::find(words, field) != words.end();
}

}  // namespace nn
