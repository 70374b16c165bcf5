// SPDX-License-Identifier: MIT
#include "data/columns_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/error.h"
#include "data/flag_meanings.h"

namespace nn {
namespace {

constexpr const char* offsets = "_start";

/// Reader names the file in its own messages.
Error wrong_column(const h5::Reader& file, const std::string& text) { return Error(file.name() + ": " + text); }

/// The dimension scales of its axes, which are there already, or are made.
std::vector<std::string> axes_of(h5::Writer& to, const std::string& group, const Column& column, const Dataset& data) {
  const Shape& shape = column.values.shape;
  const std::string sample = group + "/sample";
  if (column.name == "images") return {sample, "/channel", "/y", "/x"};
  if (column.name == "features") return {sample, "/feature"};
  if (column.name == "targets") {
    const bool by_class = data.target_names.empty() && shape[1] == data.class_count();
    if (!by_class && data.target_names.empty()) to.axis("/target", shape[1]);
    return {sample, by_class ? "/class" : "/target"};
  }
  std::vector<std::string> axes(shape.rank());
  if (!column.is_ragged()) axes[0] = sample;
  return axes;
}

template <class From>
h5::Array narrowed(std::span<const From> from) {
  std::vector<uint8_t> bytes(from.size());
  std::ranges::transform(from, bytes.begin(), [](From v) { return static_cast<uint8_t>(v); });
  return h5::Array::of(bytes);
}

/// The classes that the numbers of the labels stand for.
void write_flags(h5::Writer& to, const std::string& path, const std::vector<std::string>& classes, bool small_labels) {
  if (classes.empty()) return;
  std::vector<int32_t> values;
  for (size_t c = 0; c < classes.size(); ++c) values.push_back(static_cast<int32_t>(c));
  to.values(path, "flag_values", small_labels ? narrowed<int32_t>(values) : h5::Array::of(values));
  to.text(path, "flag_meanings", flag_meanings(classes));
}

/// Whole numbers from 0 of one axis, as the type that they have here.
template <class To>
h5::Array read_numbers(const h5::Reader& file, const std::string& path, const char* what) {
  const h5::Array stored = file.read(path);
  if (stored.shape.rank() != 1)
    throw wrong_column(file, fmt::format("{}: expected one axis, found {}", path, stored.shape.text()));
  file.budget().ask_product({static_cast<uint64_t>(stored.shape.count()), sizeof(To)}, file.name() + ": " + path);
  h5::Array numbers = h5::Array::unfilled(h5::type_of<To>(), stored.shape);
  const auto take = [&, to = numbers.as<To>()](auto values) {
    for (size_t i = 0; i < values.size(); ++i) {
      if (values[i] < 0 || !std::in_range<To>(values[i]))
        throw wrong_column(file, fmt::format("{}: {} {} in row {} is out of range: expected 0 to {}", path, what,
                                             values[i], i, std::numeric_limits<To>::max()));
      to[i] = static_cast<To>(values[i]);
    }
  };
  if (stored.type == h5::Type::u8)
    take(stored.as<uint8_t>());
  else if (stored.type == h5::Type::i32)
    take(stored.as<int32_t>());
  else if (stored.type == h5::Type::i64)
    take(stored.as<int64_t>());
  else
    throw wrong_column(file, fmt::format("{}: {}s are integers, found {}", path, what, h5::name_of(stored.type)));
  return numbers;
}

std::vector<int64_t> read_offsets(const h5::Reader& file, const std::string& path) {
  const h5::Array start = file.read(path);
  if (start.type != h5::Type::i64 || start.shape.rank() != 1 || start.shape[0] < 1)
    throw wrong_column(file, fmt::format("{}: expected int64 {{N+1}}, found {} {}", path, h5::name_of(start.type),
                                         start.shape.text()));
  const auto values = start.as<int64_t>();
  return {values.begin(), values.end()};
}

}  // namespace

void write_column(h5::Writer& to, const std::string& group, const Column& column, const Dataset& data,
                  bool small_labels) {
  const std::string path = group + "/" + column.name;
  const bool labels = column.name == "labels", samples = column.name == "images" || column.name == "features";
  const h5::DatasetOptions options{axes_of(to, group, column, data), false, false};
  to.dataset(path, labels && small_labels ? narrowed(column.values.as<int32_t>()) : column.values, options);
  if (labels) write_flags(to, path, data.classes, small_labels);
  if (samples) to.text(path, "units", "1");
  if (samples && column.values.type == h5::Type::u8) {
    to.integer(path, "valid_min", static_cast<int64_t>(data.valid_min));
    to.integer(path, "valid_max", static_cast<int64_t>(data.valid_max));
  }
  if (column.name == "text" || column.name == "name") to.text(path, "encoding", "UTF-8");
  if (!column.is_ragged()) return;
  to.dataset(path + offsets, h5::Array::of(column.start), {{""}, false, false});
  to.text(path + offsets, "long_name", "place of the first value of each sample, and the end");
}

std::vector<std::string> columns_in(const h5::Reader& file, const std::string& split) {
  const std::string group = "/" + split;
  const std::vector<std::string> found = file.children(group);
  const bool images = file.has(group + "/images");
  std::vector<std::string> names;
  for (const KnownColumn& known : known_columns())
    if (known.basic && file.has(group + "/" + std::string(known.name)) && !(known.name == "features" && images))
      names.emplace_back(known.name);
  for (const std::string& name : found) {
    const std::string path = group + "/" + name;
    const bool is_offsets = name.ends_with(offsets) && file.has(path.substr(0, path.size() - 6));
    if (!is_basic(name) && !is_offsets && !file.is_group(path)) names.push_back(name);
  }
  return names;
}

Column read_column(const h5::Reader& file, const std::string& split, const std::string& name) {
  const std::string path = "/" + split + "/" + name;
  if (name == "labels") return {name, read_numbers<int32_t>(file, path, "label"), {}};
  if (name == "sample") return {name, read_numbers<int64_t>(file, path, "row"), {}};
  Column column{name, file.read(path), {}};
  if (!is_basic(name) && file.has(path + offsets)) column.start = read_offsets(file, path + offsets);
  return column;
}

bool is_split(const h5::Reader& file, const std::string& name) {
  const std::string group = "/" + name + "/";
  return file.is_group("/" + name) && std::ranges::any_of(known_columns(), [&](const KnownColumn& column) {
           return column.samples && file.has(group + std::string(column.name));
         });
}

}  // namespace nn
