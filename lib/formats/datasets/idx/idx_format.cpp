// SPDX-License-Identifier: MIT
// MNIST's own files: a folder of train-images-idx3-ubyte.gz and the three that belong to it (t10k is the test split),
// or one file of images or features, whose labels lie beside it. Ours add targets and, where numbers do not say them,
// classes.txt with the number of each label, a tab and its name.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>

#include "base/text/names.h"
#include "base/text/split.h"
#include "data/gzip.h"
#include "data/idx.h"
#include "data/rows.h"
#include "data/split_names.h"
#include "formats/datasets/idx/idx_folder.h"
#include "formats/datasets/labels.h"
#include "formats/datasets/left_below.h"
#include "formats/datasets/narrowing.h"
#include "formats/format.h"
#include "formats/intake.h"
#include "h5/reading/reader.h"

namespace nn {
namespace {
namespace fs = std::filesystem;

/// Label in the file and name of each class, in order.
using ClassNumbers = std::vector<std::pair<int64_t, std::string>>;

constexpr const char* classes_file = "classes.txt";

struct IdxOptions : FormatOptions {
  std::string split;  ///< read: name of the split made, or the one read; write: the split written
  void declare_reading(OptionSet& set) { declare_split(set, split); }
  void declare_writing(OptionSet& set) { declare_split(set, split); }
};

/// IDX, plain or packed.
bool may_be_idx(std::string_view start) { return is_gzip(std::as_bytes(std::span(start))) || is_idx(start); }
const Content idx_content{.begins = may_be_idx, .size = idx_size};

std::optional<int64_t> number_in(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || std::to_string(value) != text) return std::nullopt;
  return value;
}

h5::Array read_array(const std::string& name, const FormatOptions& options) {
  return read_idx(input_bytes(name, options, idx_content), shown_name(name), options.budget);
}

h5::Array to_float(const h5::Array& a, const std::string& name, const FormatOptions& options) {
  if (a.type == h5::Type::f32) return a;
  options.budget.ask_product({static_cast<uint64_t>(a.shape.count()), sizeof(float) + sizeof(double)}, name);
  h5::Array out = h5::Array::unfilled(h5::Type::f32, a.shape);
  const std::vector<double> values = a.to_double();
  const auto columns = static_cast<size_t>(std::max<int64_t>(1, a.shape.without_first().count()));
  Narrowing narrowing;
  for (size_t i = 0; i < values.size(); ++i) {
    narrowing.see(i % columns, i / columns, values[i]);
    out.as<float>()[i] = static_cast<float>(values[i]);
  }
  narrowing.report(options, out.as<float>(), columns, {}, a.shape.rank() > 2 ? "pixel" : "column");
  return out;
}

/// images {N,H,W} or {N,C,H,W}, of bytes or of other numbers, or features {N,D}, to what a split holds.
h5::Array samples_of(h5::Array a, const std::string& name, const FormatOptions& options) {
  const Shape shape = a.shape;
  if (shape.rank() < 2 || shape.rank() > 4)
    throw Error(name + ": shape " + shape.text() +
                ", expected images {N,H,W} or features {N,D}; are these the labels?");
  if (shape.rank() == 2) return to_float(a, name, options);
  if (a.type == h5::Type::i32 && std::ranges::all_of(a.as<int32_t>(), [](int32_t v) { return v >= 0 && v <= 255; })) {
    h5::Array bytes = h5::Array::unfilled(h5::Type::u8, shape);
    std::ranges::transform(a.as<int32_t>(), bytes.as<uint8_t>().begin(),
                           [](int32_t v) { return static_cast<uint8_t>(v); });
    a = std::move(bytes);
  }
  if (a.type != h5::Type::u8) a = to_float(a, name, options);
  if (shape.rank() == 3) a.shape = {shape[0], 1, shape[1], shape[2]};
  return a;
}

std::vector<int64_t> labels_of(const std::string& name, const FormatOptions& options) {
  const h5::Array a = read_array(name, options);
  if (a.shape.rank() != 1 && !(a.shape.rank() == 2 && a.shape[1] == 1))
    throw Error(shown_name(name) + ": shape " + a.shape.text() + ", expected one label a sample {N}");
  std::vector<int64_t> labels;
  for (const double v : a.to_double()) {
    if (!(std::fabs(v) < 0x1p53) || v != std::floor(v))
      throw Error(shown_name(name) + ": label " + value_text(v) + " in row " + std::to_string(labels.size()) +
                  ", expected whole numbers");
    labels.push_back(static_cast<int64_t>(v));
  }
  if (a.type == h5::Type::f32 || a.type == h5::Type::f64)
    options.note(shown_name(name) + ": the labels are whole numbers written as floats, and are taken for classes");
  return labels;
}

ClassNumbers read_class_numbers(const fs::path& file, const Budget& budget) {
  if (fs::symlink_status(file).type() != fs::file_type::regular)
    throw Error(printable(file.string()) + ": expected a regular file");
  const std::vector<std::byte> bytes = h5::read_bytes(file.string(), budget);
  ClassNumbers classes;
  size_t line_number = 0;
  for (std::string_view line : split_at({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, '\n')) {
    ++line_number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const size_t tab = line.find('\t');
    const auto number = number_in(line.substr(0, tab));
    if (tab == std::string_view::npos || !number)
      throw Error(printable(file.string()) + ": line " + std::to_string(line_number) +
                  ": expected a label, a tab and the name of its class");
    classes.emplace_back(*number, line.substr(tab + 1));
  }
  return classes;
}

void take_classes(const std::vector<std::vector<int64_t>>& labels, const ClassNumbers& classes, Dataset& data) {
  std::map<int64_t, int32_t> place;
  for (const auto& [number, name] : classes) {
    if (!place.emplace(number, static_cast<int32_t>(place.size())).second)
      throw Error("classes.txt: the label " + std::to_string(number) + " stands twice");
    data.classes.push_back(name);
  }
  for (size_t s = 0; s < labels.size(); ++s) {
    std::vector<int32_t> numbers;
    for (const int64_t label : labels[s]) {
      if (!place.contains(label))
        throw Error("label " + std::to_string(label) + " of the split " + data.splits[s].name +
                    " is not in classes.txt");
      numbers.push_back(place.at(label));
    }
    data.splits[s].set("labels", numbers);
  }
}

/// The folder with the files, which may be torchvision's below the one that is named.
std::string place_of(const std::string& folder, const FormatOptions& options) {
  const std::vector<std::string> places = idx_places(folder);
  if (places.size() > 1)
    throw Error(printable(folder) + ": several folders of IDX files, " + quoted_list(places) +
                "; name the one that is meant");
  if (places.empty() || places.front() == folder) return folder;
  options.note(printable(folder) + ": the files in " + printable(places.front()) + " are read");
  return places.front();
}

void warn_of_the_rest(const std::string& folder, const std::vector<IdxSplit>& files, std::vector<std::string> unused,
                      const FormatOptions& options) {
  if (!unused.empty())
    options.warning(printable(folder) + ": left out: labels or targets without images: " + quoted_list(unused, 3));
  for (const IdxSplit& split : files)
    for (const std::string& file : {split.images, split.labels, split.targets})
      if (!file.empty()) unused.push_back(file);
  warn_of_files_below(folder, is_idx_name, unused, options);
}

/// A file that is there twice, as plain and packed, is taken once when both hold the same.
void check_copies(const IdxSplit& split, const FormatOptions& options) {
  for (const auto& [taken, other] : split.copies) {
    const std::string both = printable(taken) + " and " + printable(other) + " are files for the same thing";
    const auto bytes = [&](const std::string& file) {
      return in_context(both, [&] { return unpacked_bytes(file, options, idx_content); });
    };
    const bool equal = bytes(taken) == bytes(other);
    if (!equal) throw Error(both + " and differ; remove the one that is not meant");
  }
}

Dataset read_folder_or_file(const std::string& named, const IdxOptions& options) {
  const bool is_folder = named != "-" && fs::is_directory(named);
  const std::string input = is_folder ? place_of(named, options) : named;
  std::vector<std::string> unused;
  std::vector<IdxSplit> files = is_folder ? idx_files(input, options.split.empty() ? "train" : options.split, unused)
                                          : std::vector{idx_file(input, options.split)};
  if (is_folder) warn_of_the_rest(input, files, unused, options);
  if (is_folder && !options.split.empty() &&
      std::ranges::any_of(files, [&](const IdxSplit& f) { return f.name == options.split; }))
    std::erase_if(files, [&](const IdxSplit& f) { return f.name != options.split; });
  else if (is_folder && !options.split.empty())
    throw Error(printable(input) + ": no file of images for the split '" + printable(options.split) + "'");
  Dataset data;
  std::map<std::string, std::vector<int64_t>> labels;
  for (const IdxSplit& file : files) {
    check_copies(file, options);
    const auto& [name, images, beside, targets, copies] = file;
    Split split;
    split.name = name;
    split.set_samples(samples_of(read_array(images, options), shown_name(images), options));
    split.number_rows();
    const auto check_rows = [&, &images = images](const std::string& file, size_t rows) {
      if (static_cast<int64_t>(rows) != split.size())
        throw Error(printable(file) + ": " + std::to_string(rows) + " rows, " + shown_name(images) + " holds " +
                    std::to_string(split.size()) + " samples");
    };
    if (!beside.empty()) check_rows(beside, (labels[name] = labels_of(beside, options)).size());
    if (!targets.empty()) {
      split.set("targets", to_float(read_array(targets, options), printable(targets), options));
      check_rows(targets, split.targets().shape.rank() == 2 ? static_cast<size_t>(split.targets().shape[0]) : 0);
    }
    if (beside.empty() && targets.empty())
      options.warning(shown_name(images) + ": no file of labels beside it (the name with 'labels' for 'images')");
    data.splits.push_back(std::move(split));
  }
  sort_splits(data);
  std::vector<std::vector<int64_t>> in_order;
  for (const Split& split : data.splits) in_order.push_back(labels[split.name]);
  const fs::path list = (is_folder ? fs::path(input) : fs::path(input).parent_path()) / classes_file;
  if (std::error_code none; input != "-" && fs::symlink_status(list, none).type() != fs::file_type::not_found)
    take_classes(in_order,
                 in_context(printable(list.string()), [&] { return read_class_numbers(list, options.budget); }), data);
  else
    encode_labels(in_order, {}, data);
  return data;
}

/// The number that stands for each class: its name where every name is a whole number, else its place.
ClassNumbers numbers_of(const Dataset& data) {
  ClassNumbers named, placed;
  for (const std::string& name : data.classes) {
    const auto number = number_in(name);
    if (number && *number >= INT32_MIN && *number <= INT32_MAX) named.emplace_back(*number, name);
    placed.emplace_back(static_cast<int64_t>(placed.size()), name);
  }
  return named.size() == placed.size() ? named : placed;
}

/// Whether labels alone would come back as these classes.
bool tell_themselves(const Dataset& data, const std::vector<const Split*>& splits, const ClassNumbers& numbers) {
  if (data.classes.empty()) return true;
  Dataset back;
  std::vector<std::vector<int64_t>> labels;
  for (const Split* split : splits) {
    labels.emplace_back();
    back.splits.emplace_back();
    for (const int32_t label : split->labels()) labels.back().push_back(numbers[static_cast<size_t>(label)].first);
  }
  try {
    encode_labels(labels, {}, back);
  } catch (const Error&) {
    return false;
  }
  return back.classes == data.classes || back.classes.empty();
}

h5::Array labels_array(const Split& split, const ClassNumbers& numbers) {
  std::vector<int32_t> labels;
  for (const int32_t label : split.labels())
    labels.push_back(numbers.empty() ? label : static_cast<int32_t>(numbers[static_cast<size_t>(label)].first));
  if (std::ranges::any_of(labels, [](int32_t v) { return v < 0 || v > 255; })) return h5::Array::of(labels);
  return h5::Array::of(std::vector<uint8_t>(labels.begin(), labels.end()));
}

void add_file(std::vector<ForeignFile>& files, const std::string& stem, const h5::Array& values) {
  const std::string type = values.type == h5::Type::u8 ? "ubyte" : values.type == h5::Type::i32 ? "int" : "float";
  files.push_back({stem + "-idx" + std::to_string(values.shape.rank()) + "-" + type + ".gz", gzip(write_idx(values))});
}

std::vector<ForeignFile> write_idx_files(const Dataset& data, const IdxOptions& options) {
  std::vector<ForeignFile> files;
  std::vector<const Split*> chosen;
  const ClassNumbers numbers = numbers_of(data);
  for (const Split& split : data.splits) {
    if (!options.split.empty() && split.name != options.split) continue;
    chosen.push_back(&split);
    h5::Array x = split.x();
    if (x.shape.rank() == 4 && x.shape[1] == 1) x.shape = {x.shape[0], x.shape[2], x.shape[3]};
    const std::string stem = split.name == "test" ? "t10k" : split.name;
    add_file(files, stem + "-images", x);
    if (!split.labels().empty()) add_file(files, stem + "-labels", labels_array(split, numbers));
    if (split.targets().shape.rank() != 0) add_file(files, stem + "-targets", split.targets());
  }
  if (files.empty()) (void)data.at(options.split);  // names the splits there are
  if (!tell_themselves(data, chosen, numbers)) {
    std::string list;
    for (const auto& [number, name] : numbers) list += std::to_string(number) + "\t" + listed_name(name) + "\n";
    const auto bytes = std::as_bytes(std::span(list));
    files.push_back({classes_file, {bytes.begin(), bytes.end()}});
  }
  if (data.splits.front().x().type == h5::Type::u8 && (data.valid_min != 0 || data.valid_max != 255))
    options.warning("IDX holds no range of pixels: " + value_text(data.valid_min) + " to " +
                    value_text(data.valid_max) + " is lost; when it is read, --range " + value_text(data.valid_min) +
                    ":" + value_text(data.valid_max) + " gives it back");
  if (!data.feature_names.empty() || !data.target_names.empty())
    options.warning("IDX holds no names of features and targets: they are lost");
  return files;
}
}  // namespace

std::vector<std::string> idx_files_beside(const std::string& input) {
  const IdxSplit files = idx_file(input, "");
  std::vector<std::string> beside{(fs::path(input).parent_path() / classes_file).string()};
  for (const std::string& file : {files.labels, files.targets})
    if (!file.empty()) beside.push_back(file);
  return beside;
}

extern const DatasetFormat idx_format;
const DatasetFormat idx_format{
    .name = "idx",
    .summary = "MNIST's files: a folder with train-images-idx3-ubyte.gz and the like, or one of them",
    .suffixes = {"-ubyte", "-ubyte.gz", ".idx", ".idx.gz", "-int", "-int.gz", "-float", "-float.gz", "-short",
                 "-short.gz", "-double", "-double.gz"},
    .folder = true,
    .text = false,
    .content = &idx_content,
    .reader = reader_with<IdxOptions, read_folder_or_file>,
    .writer = writer_with<IdxOptions, write_idx_files>,
    .beside = idx_files_beside,
};

}  // namespace nn
