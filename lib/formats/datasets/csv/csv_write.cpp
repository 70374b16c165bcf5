// SPDX-License-Identifier: MIT
// A split of a dataset as one table, under column names that bring it back as it was (formats/csv_columns.h).
#include <charconv>

#include "base/text/names.h"
#include "base/text/utf8.h"
#include "formats/datasets/csv/csv_columns.h"
#include "formats/datasets/csv/csv_dataset.h"
#include "formats/datasets/labels.h"

namespace nn {
namespace {

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

/// A name as a field: between quotes where it would be read as another text, or as a missing value.
std::string field(const std::string& name, const CsvDialect& dialect) {
  if (name.find('\0') != std::string::npos) throw Error("a name with a NUL byte cannot stand in a text file");
  const bool blank = name.starts_with(' ') || name.ends_with(' ') ||
                     (dialect.separator == ' ' && name.find('\t') != std::string::npos);
  if (!blank && !is_missing(name) && !name.starts_with(byte_order_mark) &&
      name.find_first_of(std::string("\"\r\n") + dialect.separator) == std::string::npos)
    return name;
  return in_quotes(name);
}

std::vector<std::string> feature_headers(const Dataset& data, const Split& split) {
  const Shape sample = split.x().shape.without_first();
  std::vector<std::string> names;
  for (size_t f = 0; f < static_cast<size_t>(sample.count()); ++f)
    names.push_back(split.is_images()            ? pixel_header(sample, f)
                    : data.feature_names.empty() ? "feature#" + std::to_string(f)
                                                 : feature_header(data.feature_names[f]));
  return names;
}

std::vector<std::string> target_headers(const Dataset& data, const Split& split) {
  std::vector<std::string> names;
  if (split.targets().shape.rank() != 2) return names;
  const auto count = static_cast<size_t>(split.targets().shape[1]);
  const bool by_class = data.target_names.empty() && count == data.classes.size();
  for (size_t t = 0; t < count; ++t)
    names.push_back(by_class                    ? "class:" + data.classes[t]
                    : data.target_names.empty() ? "target#" + std::to_string(t)
                                                : "target:" + data.target_names[t]);
  return names;
}

/// What the table cannot say, with the options that say it when it is read.
void warn(const Dataset& data, const Split& split, const FormatOptions& options) {
  if (split.is_images() && split.x().type == h5::Type::u8 && (data.valid_min != 0 || data.valid_max != 255)) {
    const std::string range = value_text(data.valid_min) + ":" + value_text(data.valid_max);
    options.warning("a table holds no range of pixels; read it back with --range " + range);
  }
  if (!split.is_images() && split.x().type == h5::Type::u8)
    options.warning("a table holds no types: features of uint8 come back as float32");
  if (split.is_images() && split.x().type == h5::Type::f32) {
    bool whole = true;
    for (const float v : split.x().as<float>())
      whole = whole && v >= 0 && v <= 255 && v == static_cast<float>(static_cast<int>(v));
    if (whole)
      options.warning(
          "a table holds no types: these images of float32 are whole numbers and come back as pixels of uint8");
  }
  if (split.labels().empty() || data.classes.empty() ||
      (split.targets().shape.rank() == 2 && data.target_names.empty() &&
       split.targets().shape[1] == data.class_count()))
    return;
  Dataset back;
  back.splits.emplace_back();
  std::vector<std::vector<std::string>> words(1);
  for (const int32_t label : split.labels()) words[0].push_back(class_name(data, label));
  FormatOptions silent;
  silent.class_names = data.classes;
  encode_labels(words, back, silent);
  if (back.classes != data.classes)
    options.warning("a table does not list the classes: " + quoted_list(data.classes, 5) + " come back as " +
                    quoted_list(back.classes, 5) +
                    "; read it back with --classes FILE of the names in order, or of the dataset");
}
}  // namespace

std::vector<ForeignFile> write_delimited(const Dataset& data, char usual, const CsvOptions& options) {
  const CsvDialect dialect{named_separator(options.separator, usual), options.decimal == "," ? ',' : '.'};
  if (options.decimal != "auto" && options.decimal != "." && options.decimal != ",")
    throw UsageError("--decimal: expected '.' or ','");
  if (dialect.separator == dialect.decimal)
    throw UsageError("--decimal and --separator are the same character; choose --separator semicolon");
  const Split& split = chosen_split(data, options.split, usual == '\t' ? "tsv" : "csv");
  const h5::Array &x = split.x(), &y = split.targets();
  const auto rows = static_cast<size_t>(split.size()), width = static_cast<size_t>(x.shape.without_first().count());
  const auto targets = y.shape.rank() == 2 ? static_cast<size_t>(y.shape[1]) : 0;
  const std::span<const int32_t> labels = split.labels();
  if (rows == 0) throw Error("split " + split.name + " holds no samples: a table of them could not be read back");
  options.budget.ask_product({rows, width + targets, 2}, "the text of the table");
  warn(data, split, options);
  std::vector<std::string> names = feature_headers(data, split);
  for (std::string& name : target_headers(data, split)) names.push_back(std::move(name));
  if (!labels.empty()) names.emplace_back("label");
  std::string out;
  for (size_t f = 0; f < names.size(); ++f)
    out += (f ? std::string(1, dialect.separator) : "") + field(names[f], dialect);
  out += '\n';
  const auto put = [&](float value) {
    char number[40];
    const char* end = std::to_chars(number, number + sizeof number, value).ptr;
    for (const char* c = number; c != end; ++c) out += *c == '.' ? dialect.decimal : *c;
  };
  std::vector<std::string> classes;
  for (const std::string& name : data.classes) classes.push_back(field(name, dialect));
  for (size_t i = 0; i < rows; ++i) {
    for (size_t f = 0; f < width; ++f) {
      if (f) out += dialect.separator;
      put(x.type == h5::Type::u8 ? static_cast<float>(x.as<uint8_t>()[i * width + f]) : x.as<float>()[i * width + f]);
    }
    for (size_t t = 0; t < targets; ++t) out += dialect.separator, put(y.as<float>()[i * targets + t]);
    if (!labels.empty()) {
      const auto label = static_cast<size_t>(labels[i]);
      out += dialect.separator + (label < classes.size() ? classes[label] : std::to_string(label));
    }
    out += '\n';
  }
  return one_file(out);
}

std::vector<ForeignFile> one_file(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {{"", {bytes.begin(), bytes.end()}}};
}

}  // namespace nn
