// SPDX-License-Identifier: MIT
#include "data/column.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/log.h"
#include "base/system/large_pages.h"
#include "data/stored_rows.h"

namespace nn {
namespace {

// In the order in which a split has them.
constexpr KnownColumn known[] = {
    {"images", h5::Type::u8, false, true, true, "{N,C,H,W}"},
    {"features", h5::Type::f32, false, true, true, "{N,D}"},
    {"labels", h5::Type::i32, false, true, false, "the class of each sample"},
    {"targets", h5::Type::f32, false, true, false, "numbers to predict, {N,K}"},
    {"sample", h5::Type::i64, false, true, false, "the row in the source"},
    {"weights", h5::Type::f32, false, false, false, "the weight of each sample"},
    {"ids", h5::Type::i32, false, false, true, "a row of ids per sample"},
    {"text", h5::Type::u8, true, false, true, "the bytes of each text, UTF-8"},
    {"tokens", h5::Type::i32, true, false, true, "the tokens of each text"},
    {"name", h5::Type::u8, true, false, false, "the name of each sample, as of the file that it was, UTF-8"},
};

void check_name(const std::string& name, const std::string& split) {
  const bool plain =
      !name.empty() && name.size() <= 64 && name.front() >= 'a' && name.front() <= 'z' &&
      std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
  if (!plain || name.ends_with("_start") || is_basic(name))
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

const KnownColumn* known_column(std::string_view name) {
  const auto found = std::ranges::find(known, name, &KnownColumn::name);
  return found == std::end(known) ? nullptr : found;
}

bool is_basic(std::string_view name) {
  const KnownColumn* column = known_column(name);
  return column && column->basic;
}

void check_column(const Column& column, int64_t n, const std::string& split) {
  check_name(column.name, split);
  const std::string path = fmt::format("/{}/{}", split, column.name);
  if (column.values.shape.rank() == 0) throw Error(path + ": expected an axis, found none");
  if (column.is_ragged()) check_start(column, path);
  if (column.size() != n) throw Error(fmt::format("{}: {} samples, the split has {}", path, column.size(), n));
  if (const KnownColumn* one = known_column(column.name);
      one && (column.values.type != one->type || column.is_ragged() != one->ragged))
    throw Error(fmt::format("{}: expected {}{} ({}), found {}{}", path, h5::name_of(one->type),
                            one->ragged ? ", ragged" : "", one->holds, h5::name_of(column.values.type),
                            column.is_ragged() ? ", ragged" : ""));
  if (column.name != "weights") return;
  if (column.values.shape.rank() != 1)
    throw Error(fmt::format("{}: expected one axis, found {}", path, column.values.shape.text()));
  const auto weights = column.values.as<float>();
  for (size_t i = 0; i < weights.size(); ++i)
    if (!(weights[i] >= 0) || !std::isfinite(weights[i]))
      throw Error(fmt::format("{}: {} in row {}, expected 0 or a positive number", path, weights[i], i));
}

void copy_rows(const Column& column, std::span<const int64_t> rows, std::span<std::byte> out) {
  const size_t width = row_bytes(column.values);
  if (out.size() != rows.size() * width)
    throw Error(
        fmt::format("{} rows of {} are {} bytes, given {}", rows.size(), column.name, rows.size() * width, out.size()));
  if (column.stored) return column.stored->gather(rows, out);
  for (size_t i = 0; i < rows.size(); ++i)
    std::copy_n(column.values.bytes.data() + static_cast<size_t>(rows[i]) * width, width, out.data() + i * width);
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
  reserve_large(values.bytes, static_cast<size_t>(count) * width);
  values.bytes.resize(static_cast<size_t>(count) * width);
  if (!column.is_ragged()) return copy_rows(column, rows, values.bytes);
  std::byte* to = values.bytes.data();
  for (const int64_t row : rows) {
    const auto first = static_cast<size_t>(column.start[static_cast<size_t>(row)]);
    to = std::copy_n(column.values.bytes.data() + first * width, static_cast<size_t>(column.length(row)) * width, to);
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
