// SPDX-License-Identifier: MIT
#include "formats/datasets/csv/csv_dataset.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "base/log.h"
#include "base/text/names.h"
#include "data/texts.h"
#include "formats/datasets/csv/csv_columns.h"
#include "formats/datasets/csv/csv_lines.h"
#include "formats/datasets/labels.h"
#include "formats/datasets/narrowing.h"
#include "formats/intake.h"
#include "formats/reading.h"
#include "formats/utf8.h"

namespace nn {
namespace {

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

/// Floats in rows, as many as the text can hold at most.
struct FloatTable {
  std::vector<float> values;
  Narrowing narrowing;
  size_t width;
  explicit FloatTable(size_t columns) : width(columns) {}
  void reserve(std::string_view text, const FormatOptions& options, const char* what) {
    if (width == 0) return;
    const auto lines = static_cast<size_t>(std::ranges::count(text, '\n')) + 1;
    const size_t most = std::min(lines > text.size() / width ? text.size() : lines * width,
                                 text.size() / 2 + 1);  // a number and a separator each
    options.budget.ask_product({most, sizeof(float)}, what);
    values.reserve(most);
  }
  h5::Array array(const Shape& sample, int64_t rows) const {
    return h5::Array::of<float>(sample.with_batch(rows), values);
  }
};

class TableReader {
 public:
  TableReader(std::string_view text, char usual, const CsvOptions& options)
      : text_(text),
        options_(options),
        dialect_(dialect_of(text, usual, options)),
        columns_(plan_columns(start(), options)),
        x_(columns_.features.size()),
        targets_(columns_.targets.size()) {}

  Dataset read() {
    x_.reserve(text_, options_, "the features of the table");
    targets_.reserve(text_, options_, "the targets of the table");
    CsvLines lines(text_, dialect_.separator);
    CsvRow row;
    if (columns_.header) lines.next(row);
    while (lines.next(row)) add(row);
    if (rows_ == 0) throw Error("a header and no rows");
    Dataset data;
    Split split;
    split.name = options_.split.empty() ? "train" : options_.split;
    if (x_.width) fill_samples(data, split);
    if (columns_.text != TableColumns::none) split.set(std::move(texts_).finish());
    split.number_rows();
    data.target_names = columns_.target_names;
    data.splits.push_back(std::move(split));
    fill_classes(data);
    // After the classes, which the one-hot columns follow already.
    if (targets_.width)
      data.splits.front().set("targets", targets_.array({static_cast<int64_t>(targets_.width)}, rows_));
    note_a_column_that_counts();
    x_.narrowing.report(options_, x_.values, x_.width, names_of(columns_.features));
    targets_.narrowing.report(options_, targets_.values, targets_.width, names_of(columns_.targets));
    if (columns_.text != TableColumns::none)
      for (const std::string& remark : remarks_on_texts(data)) options_.note(remark);
    return data;
  }

 private:
  TableStart start() const {
    if (text_.find('\r') != std::string_view::npos && text_.find('\n') == std::string_view::npos)
      throw Error("lines end in CR alone; convert them first, as in tr '\\r' '\\n' < FILE > NEW");
    CsvLines lines(text_, dialect_.separator);
    CsvRow row;
    if (!lines.next(row)) throw Error("empty, expected lines of numbers");
    TableStart start{text_, dialect_, row.line, {row.fields.begin(), row.fields.end()}, {}};
    const bool remark = start.first.front().starts_with('#') && !row.quoted.front();
    if (lines.next(row)) start.second.assign(row.fields.begin(), row.fields.end());
    if (!remark) return start;
    if (start.first.size() != start.second.size())
      throw Error("line " + std::to_string(start.line) + " begins with #: comment lines are not read, remove them");
    if (start.first.front().starts_with("# ")) {
      start.first.front().erase(0, start.first.front().find_first_not_of("# "));
      options_.note("the # before the names of the first line is left out, as numpy.savetxt writes it");
    }
    return start;
  }

  std::vector<std::string> names_of(const std::vector<size_t>& columns) const {
    std::vector<std::string> names;
    for (const size_t f : columns) names.push_back(columns_.names[f]);
    return names;
  }

  std::string place(const CsvRow& row, size_t f) const {
    return "line " + std::to_string(row.line) + ", column " + std::to_string(f + 1) +
           (columns_.header ? " (" + printable(columns_.names[f]) + ")" : "") + ": ";
  }

  bool logical(std::string_view text, size_t f, double& value) {
    if (!csv_logical(text, value)) return false;
    if (!noted_logical_)
      options_.note("column '" + printable(columns_.names[f]) + "' holds " + std::string(text) +
                    ": true and false are the numbers 1 and 0 in features and targets");
    noted_logical_ = true;
    return true;
  }

  float number(const CsvRow& row, size_t f, size_t column, FloatTable& table) {
    const std::string_view text = row.fields[f];
    const auto found = [&] {
      return text.empty() ? std::string("empty") : "found '" + printable(std::string(text.substr(0, 40))) + "'";
    };
    double value = 0;
    if (is_missing(text))
      throw Error(place(row, f) + found() + ", expected a finite number: fill in or drop rows with missing values");
    if (!csv_number(text, dialect_.decimal, value) && !logical(text, f, value))
      throw Error(
          place(row, f) + "expected a number, " + found() +
          "; if this column is the class, name it with --label, if it holds the texts to learn from, with --text, if "
          "it is nothing to learn from, with --ignore; "
          "text cannot be a feature, replace it by numbers first (one column of 0 and 1 for each value)" +
          (text.find(',') != std::string_view::npos
               ? "; a decimal comma is --decimal , and separators of thousands are not read"
               : "") +
          (row.fields.size() == 1 && text.find(' ') != std::string_view::npos
               ? "; if blanks separate the columns, --separator space"
               : ""));
    if (!fits_float32(value)) throw Error(place(row, f) + "expected a finite number, " + found());
    table.narrowing.see(column, static_cast<size_t>(rows_), value);
    return static_cast<float>(value);
  }

  void add(const CsvRow& row) {
    if (row.fields.size() != columns_.names.size())
      throw Error("line " + std::to_string(row.line) + ": " + std::to_string(row.fields.size()) + " fields, expected " +
                  std::to_string(columns_.names.size()) + " as in the first line" +
                  (rows_ == 0 && row.fields.size() == columns_.names.size() + 1
                       ? " (names of rows have no column of their own: R writes one with col.names = NA)"
                       : ""));
    for (size_t i = 0; i < x_.width; ++i) x_.values.push_back(number(row, columns_.features[i], i, x_));
    for (size_t i = 0; i < targets_.width; ++i)
      targets_.values.push_back(number(row, columns_.targets[i], i, targets_));
    if (columns_.text != TableColumns::none) texts_.add(row.fields[columns_.text]);
    ++rows_;
    if (columns_.label == TableColumns::none) return;
    const std::string_view label = row.fields[columns_.label];
    const bool missing = label.empty() || (!row.quoted[columns_.label] && is_missing(label));
    if (missing && std::ranges::find(options_.class_names, label) == options_.class_names.end())
      throw Error(place(row, columns_.label) +
                  (label.empty() ? "the label is empty"
                                 : "the label '" + printable(std::string(label)) + "' says that it is missing") +
                  "; fill in or drop such rows" +
                  (label.empty() ? "" : ", or put a class of this name into --classes or quotes"));
    labels_[0].emplace_back(label);
  }

  /// Whole numbers from 0 to 255 as bytes; empty when there are others.
  static std::optional<h5::Array> pixels_of(const FloatTable& x, const Shape& shape, int64_t rows, size_t& wrong) {
    h5::Array images = h5::Array::unfilled(h5::Type::u8, shape.with_batch(rows));
    const auto pixels = images.as<uint8_t>();
    for (size_t i = 0; i < x.values.size(); ++i) {
      const float value = x.values[i];
      if (!(value >= 0 && value <= 255 && value == std::floor(value))) {
        wrong = i;
        return std::nullopt;
      }
      pixels[i] = static_cast<uint8_t>(value);
    }
    return images;
  }

  void fill_samples(Dataset& data, Split& split) const {
    const Shape sample = !options_.shape.empty()  ? parse_shape(options_.shape)
                         : columns_.pixels.rank() ? columns_.pixels
                                                  : Shape{static_cast<int64_t>(x_.width)};
    if (sample.count() != static_cast<int64_t>(x_.width))
      throw Error("--shape " + options_.shape + " needs " + std::to_string(sample.count()) +
                  " columns of pixels, found " + std::to_string(x_.width));
    if (sample.rank() == 1) {
      data.feature_names = columns_.feature_names;
      split.set_samples(x_.array(sample, rows_));
      return;
    }
    size_t wrong = 0;
    if (std::optional<h5::Array> images = pixels_of(x_, sample, rows_, wrong)) {
      split.set_samples(std::move(*images));
      return;
    }
    if (!options_.shape.empty())
      throw Error("row " + std::to_string(wrong / x_.width + 1) + ": images hold whole numbers from 0 to 255, found " +
                  value_text(double{x_.values[wrong]}) + "; without --shape they are features");
    split.set_samples(x_.array(sample, rows_));  // as a dataset of float images was written
  }

  void fill_classes(Dataset& data) const {
    if (columns_.label != TableColumns::none) {
      encode_labels(labels_, data, options_);
      if (!columns_.classes.empty() && names_lacking(data.classes, columns_.classes).empty())
        apply_classes(data, columns_.classes, options_);
      else if (!columns_.classes.empty())
        data.target_names = columns_.classes;
    } else if (!columns_.classes.empty()) {
      data.classes = columns_.classes;
    } else if (targets_.width == 0) {
      options_.warning(
          "no label column: the data set has no labels (name the column with --label, or numbers to predict with "
          "--target)");
    }
  }

  void note_a_column_that_counts() const {
    if (rows_ < 3 || x_.width < 2 || columns_.pixels.rank()) return;
    for (size_t i = 0; i < static_cast<size_t>(rows_); ++i)
      if (x_.values[i * x_.width] != x_.values[0] + static_cast<float>(i)) return;
    if (x_.values[0] == 0 || x_.values[0] == 1)
      options_.note("column '" + printable(columns_.names[columns_.features[0]]) +
                    "' counts the rows and is a feature; --ignore leaves it out");
  }

  std::string_view text_;
  const CsvOptions& options_;
  CsvDialect dialect_;
  TableColumns columns_;
  FloatTable x_, targets_;
  TextColumn texts_{"text"};
  std::vector<std::vector<std::string>> labels_{1};
  int64_t rows_ = 0;
  bool noted_logical_ = false;
};
}  // namespace

Dataset read_delimited(const std::string& input, char separator, const CsvOptions& options) {
  const std::vector<std::byte> bytes = unpacked_bytes(input, options, text_content);
  return in_context(input == "-" ? "standard input" : input, [&] {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    check_utf8(text);
    return TableReader(text, separator, options).read();
  });
}

}  // namespace nn
