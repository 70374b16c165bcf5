// SPDX-License-Identifier: MIT
#include "data/column.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "base/log.h"

namespace nn {
namespace {

constexpr KnownColumn known[] = {
    {"weights", h5::Type::f32, false, "the weight of each sample"},
    {"ids", h5::Type::i32, false, "a row of ids per sample"},
    {"text", h5::Type::u8, true, "the bytes of each text, UTF-8"},
    {"tokens", h5::Type::i32, true, "the tokens of each text"},
};

/// What else stands in a split.
constexpr std::string_view others[] = {"images", "features", "labels", "targets", "sample"};

void check_name(const std::string& name, const std::string& split) {
  const bool plain =
      !name.empty() && name.size() <= 64 && name.front() >= 'a' && name.front() <= 'z' &&
      std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
  if (!plain || name.ends_with("_start") || std::ranges::find(others, name) != std::end(others))
    throw Error(
        fmt::format("/{}/{}: the name of a column is 1 to 64 small letters, digits and _, begins with a letter "
                    "and does not end in _start",
                    split, printable(name)));
}

void check_start(const Column& column, const std::string& path) {
  const auto& start = column.start;
  const int64_t values = column.values.shape.rank() ? column.values.shape[0] : 0;
  if (start.front() != 0)
    throw Error(fmt::format("{}_start: the first sample begins at {}, expected 0", path, start.front()));
  for (size_t i = 1; i < start.size(); ++i)
    if (start[i] < start[i - 1])
      throw Error(fmt::format("{}_start: sample {} ends at {}, before its beginning at {}", path, i - 1, start[i],
                              start[i - 1]));
  if (start.back() != values)
    throw Error(
        fmt::format("{}_start: the last sample ends at {}, but there are {} values", path, start.back(), values));
}

size_t row_bytes(const h5::Array& values) {
  return static_cast<size_t>(values.shape.without_first().count()) * h5::size_of(values.type);
}

}  // namespace

std::span<const KnownColumn> known_columns() { return known; }

void check_column(const Column& column, int64_t n, const std::string& split) {
  check_name(column.name, split);
  const std::string path = fmt::format("/{}/{}", split, column.name);
  if (column.values.shape.rank() == 0) throw Error(path + ": expected an axis, found none");
  if (column.is_ragged()) check_start(column, path);
  if (column.size() != n) throw Error(fmt::format("{}: {} samples, the split has {}", path, column.size(), n));
  for (const KnownColumn& one : known) {
    if (column.name != one.name) continue;
    if (column.values.type != one.type || column.is_ragged() != one.ragged)
      throw Error(fmt::format("{}: expected {}{} ({}), found {}{}", path, h5::name_of(one.type),
                              one.ragged ? ", ragged" : "", one.holds, h5::name_of(column.values.type),
                              column.is_ragged() ? ", ragged" : ""));
  }
  if (column.name != "weights") return;
  if (column.values.shape.rank() != 1)
    throw Error(fmt::format("{}: expected one axis, found {}", path, column.values.shape.text()));
  const auto weights = column.values.as<float>();
  for (size_t i = 0; i < weights.size(); ++i)
    if (!(weights[i] >= 0) || !std::isfinite(weights[i]))
      throw Error(fmt::format("{}: {} in row {}, expected 0 or a positive number", path, weights[i], i));
}

void take_rows(const Column& column, std::span<const int64_t> rows, h5::Array& values, std::vector<int64_t>& start) {
  int64_t count = 0;
  start.clear();
  if (column.is_ragged()) start.push_back(0);
  for (const int64_t row : rows) {
    count += column.length(row);
    if (column.is_ragged()) start.push_back(count);
  }
  const size_t width = row_bytes(column.values);
  values.type = column.values.type;
  values.shape = column.values.shape;
  values.shape[0] = count;
  values.bytes.resize(static_cast<size_t>(count) * width);
  size_t at = 0;
  for (const int64_t row : rows) {
    const auto first = static_cast<size_t>(column.is_ragged() ? column.start[static_cast<size_t>(row)] : row);
    const size_t size = static_cast<size_t>(column.length(row)) * width;
    if (size > 0) std::memcpy(values.bytes.data() + at, column.values.bytes.data() + first * width, size);
    at += size;
  }
}

Column rows_of_column(const Column& column, std::span<const int64_t> rows) {
  Column taken;
  taken.name = column.name;
  take_rows(column, rows, taken.values, taken.start);
  return taken;
}

std::string column_text(const Column& column) {
  const Shape row = column.values.shape.without_first();
  std::string text = column.name + " " + h5::name_of(column.values.type);
  if (row.rank() > 0) text += " " + row.text();
  if (column.is_ragged()) text += fmt::format(", ragged, {} values", column.values.shape[0]);
  return text;
}

}  // namespace nn
