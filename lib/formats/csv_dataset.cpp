// SPDX-License-Identifier: MIT
#include "formats/csv_dataset.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/log.h"
#include "formats/csv_lines.h"
#include "formats/labels.h"
#include "h5/reader.h"

namespace nn {
namespace {

std::string place(const CsvRow& row, size_t field) {
  return "line " + std::to_string(row.line) + ", column " + std::to_string(row.columns[field]);
}

bool as_number(std::string_view text, double& value) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && stop == text.data() + text.size();
}

float strict_number(const CsvRow& row, size_t field, const std::string& name) {
  const std::string_view text = row.fields[field];
  double value = 0;
  const std::string what = place(row, field) + " (" + printable(name) + "): ";
  if (text.empty()) throw Error(what + "empty, expected a number; fill in or drop rows with missing values");
  if (!as_number(text, value))
    throw Error(what + "expected a number, found '" + printable(std::string(text.substr(0, 40))) + "'; if this column is the class, name it with --label");
  if (!std::isfinite(value) || std::fabs(value) > std::numeric_limits<float>::max())
    throw Error(what + "expected a finite number, found " + printable(std::string(text.substr(0, 40))));
  return static_cast<float>(value);
}

/// Index of a column given by name or by number from 1 (-1 is the last).
size_t find_column(const std::string& wanted, const std::vector<std::string>& names, bool named, const std::string& option) {
  const auto found = std::ranges::find(names, wanted);
  if (named && found != names.end()) return static_cast<size_t>(found - names.begin());
  int64_t number = 0;
  const auto [stop, error] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), number);
  const auto count = static_cast<int64_t>(names.size());
  if (error == std::errc() && stop == wanted.data() + wanted.size()) {
    if (number >= 1 && number <= count) return static_cast<size_t>(number - 1);
    if (number < 0 && -number <= count) return static_cast<size_t>(count + number);
    throw UsageError(option + " " + wanted + ": there are " + std::to_string(count) + " columns, numbered from 1");
  }
  if (!named) throw UsageError(option + " " + wanted + ": the first line holds no names; give the column's number, or --header yes");
  throw UsageError(option + ": " + unknown_name("column", wanted, names));
}

struct Columns {
  std::vector<std::string> names;
  std::vector<size_t> features, targets;
  size_t label = std::string::npos;
  bool header = false;
};

Columns plan_columns(const CsvRow& first, const FormatOptions& options) {
  Columns c;
  bool numbers = true;
  for (size_t f = 0; f < first.fields.size(); ++f) {
    double ignored = 0;
    const bool label = options.label == std::to_string(f + 1) || (options.label == "-1" && f + 1 == first.fields.size());
    numbers = numbers && (label || as_number(first.fields[f], ignored));
  }
  c.header = options.header == "yes" || (options.header != "no" && !numbers);
  for (size_t f = 0; f < first.fields.size(); ++f)
    c.names.push_back(c.header ? std::string(first.fields[f]) : "column " + std::to_string(f + 1));
  if (!options.label.empty()) c.label = find_column(options.label, c.names, c.header, "--label");
  if (options.label.empty() && c.header)
    for (const char* usual : {"label", "class", "labels"})
      if (const auto found = std::ranges::find(c.names, usual); found != c.names.end() && c.label == std::string::npos)
        c.label = static_cast<size_t>(found - c.names.begin());
  for (const std::string& target : options.target) c.targets.push_back(find_column(target, c.names, c.header, "--target"));
  for (size_t f = 0; f < c.names.size(); ++f)
    if (f != c.label && std::ranges::find(c.targets, f) == c.targets.end()) c.features.push_back(f);
  if (c.features.empty()) throw Error("line " + std::to_string(first.line) + ": no column is left for features");
  return c;
}

h5::Array images_from(const std::vector<float>& values, int64_t rows, const Shape& shape) {
  h5::Array images(h5::Type::u8, shape.with_batch(rows));
  const auto pixels = images.as<uint8_t>();
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] < 0 || values[i] > 255 || values[i] != std::floor(values[i]))
      throw Error("row " + std::to_string(i / static_cast<size_t>(shape.count()) + 1) + ": images hold whole numbers from 0 to 255, found " +
                  value_text(double{values[i]}) + "; without --shape they are features");
    pixels[i] = static_cast<uint8_t>(values[i]);
  }
  return images;
}

/// "1x28x28" or "28x28".
Shape parse_shape(const std::string& text) {
  std::vector<int64_t> dims;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find('x', at), text.size());
    int64_t extent = 0;
    parse_value(std::string_view(text).substr(at, end - at), extent);
    if (extent < 1 || extent > 65536) throw UsageError("--shape " + text + ": an extent must be 1 to 65536");
    dims.push_back(extent);
    at = end + 1;
  }
  if (dims.size() == 2) dims.insert(dims.begin(), 1);
  if (dims.size() != 3) throw UsageError("--shape " + text + ": expected CxHxW or HxW, as 1x28x28");
  return Shape(dims);
}

Dataset parse_delimited(std::string_view text, char separator, const FormatOptions& options) {
  CsvLines lines(text, separator);
  CsvRow row;
  if (!lines.next(row)) throw Error("empty, expected lines of numbers");
  const Columns columns = plan_columns(row, options);
  std::vector<float> features, targets;
  std::vector<std::vector<std::string>> labels(1);
  int64_t rows = 0;
  bool more = columns.header ? lines.next(row) : true;
  for (; more; more = lines.next(row), ++rows) {
    if (row.fields.size() != columns.names.size())
      throw Error("line " + std::to_string(row.line) + ": " + std::to_string(row.fields.size()) + " fields, expected " +
                  std::to_string(columns.names.size()) + " as in the first line");
    for (size_t f : columns.features) features.push_back(strict_number(row, f, columns.names[f]));
    for (size_t f : columns.targets) targets.push_back(strict_number(row, f, columns.names[f]));
    if (columns.label == std::string::npos) continue;
    if (row.fields[columns.label].empty()) throw Error(place(row, columns.label) + " (" + printable(columns.names[columns.label]) + "): the label is empty");
    labels[0].emplace_back(row.fields[columns.label]);
  }
  if (rows == 0) throw Error("a header and no rows");
  Dataset data;
  Split split;
  split.name = options.split.empty() ? "train" : options.split;
  const Shape sample = options.shape.empty() ? Shape{static_cast<int64_t>(columns.features.size())} : parse_shape(options.shape);
  if (sample.count() != static_cast<int64_t>(columns.features.size()))
    throw Error("--shape " + options.shape + " needs " + std::to_string(sample.count()) + " columns of pixels, found " + std::to_string(columns.features.size()));
  split.x = options.shape.empty() ? h5::Array::of<float>(sample.with_batch(rows), features) : images_from(features, rows, sample);
  if (!targets.empty()) split.targets = h5::Array::of<float>({rows, static_cast<int64_t>(columns.targets.size())}, targets);
  for (int64_t i = 0; i < rows; ++i) split.sample.push_back(i);
  data.splits.push_back(std::move(split));
  if (columns.label != std::string::npos) encode_labels(labels, data);
  else if (targets.empty()) options.warning("no label column: the data set has no labels (name the column with --label)");
  return data;
}
}  // namespace

Dataset read_delimited(const std::string& input, char separator, const FormatOptions& options) {
  const std::vector<std::byte> bytes = h5::read_bytes(input);
  return in_context(input == "-" ? "standard input" : input, [&] {
    return parse_delimited({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, separator, options);
  });
}

std::vector<ForeignFile> write_delimited(const Dataset& data, char separator, const FormatOptions& options) {
  const Split& split = chosen_split(data, options.split, separator == '\t' ? "tsv" : "csv");
  const int64_t rows = split.size(), width = split.x.shape.without_first().count();
  const int64_t targets = split.targets.shape.rank() == 2 ? split.targets.shape[1] : 0;
  std::string out;
  const char* stem = split.is_images() ? "p" : "x";
  for (int64_t f = 0; f < width; ++f) out += (f ? std::string(1, separator) : "") + stem + std::to_string(f);
  for (int64_t t = 0; t < targets; ++t) out += separator + ("target" + std::to_string(t));
  if (!split.labels.empty()) out += separator + std::string("label");
  out += '\n';
  char number[40];
  const auto put = [&](float value) { out.append(number, std::to_chars(number, number + sizeof number, value).ptr); };
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t f = 0; f < width; ++f) {
      if (f) out += separator;
      const auto at = static_cast<size_t>(i * width + f);
      put(split.x.type == h5::Type::u8 ? static_cast<float>(split.x.as<uint8_t>()[at]) : split.x.as<float>()[at]);
    }
    for (int64_t t = 0; t < targets; ++t) out += separator, put(split.targets.as<float>()[static_cast<size_t>(i * targets + t)]);
    if (!split.labels.empty()) out += separator + field_text(class_name(data, split.labels[static_cast<size_t>(i)]), separator);
    out += '\n';
  }
  return one_file(out);
}

std::vector<ForeignFile> one_file(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {{"", {bytes.begin(), bytes.end()}}};
}

}  // namespace nn
