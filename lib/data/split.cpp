// SPDX-License-Identifier: MIT
#include "data/split.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace nn {
namespace {

/// Place among the columns of a split; all that are not basic have the same.
size_t rank_of(const Column& column) {
  const KnownColumn* known = known_column(column.name);
  return known && known->basic ? static_cast<size_t>(known - known_columns().data()) : known_columns().size();
}

const h5::Array& values_of(const Column* column) {
  static const h5::Array none;
  return column ? column->values : none;
}

template <class T>
std::span<const T> numbers_of(const Column* column) {
  return column ? column->values.as<T>() : std::span<const T>();
}

}  // namespace

int64_t Split::size() const {
  const auto stands = [](const Column& column) {
    const KnownColumn* known = known_column(column.name);
    return known && known->samples;
  };
  const auto found = std::ranges::find_if(columns, stands);
  return found == columns.end() ? 0 : found->size();
}

const Column* Split::column(std::string_view wanted) const {
  const auto found = std::ranges::find(columns, wanted, &Column::name);
  return found == columns.end() ? nullptr : &*found;
}

Column* Split::column(std::string_view wanted) { return const_cast<Column*>(std::as_const(*this).column(wanted)); }

std::vector<const Column*> Split::others() const {
  std::vector<const Column*> found;
  for (const Column& column : columns)
    if (!is_basic(column.name)) found.push_back(&column);
  return found;
}

void Split::set(const std::string& column, h5::Array values) {
  if (values.shape.rank() == 0) return remove(column);
  set(Column{column, std::move(values), {}});
}

void Split::set(Column column) {
  if (Column* old = this->column(column.name)) {
    *old = std::move(column);
    return;
  }
  const auto place = std::ranges::upper_bound(columns, rank_of(column), {}, rank_of);
  columns.insert(place, std::move(column));
}

void Split::set_samples(h5::Array x) {
  remove("images");
  remove("features");
  const std::string column = x.shape.rank() == 4 ? "images" : "features";
  set(column, std::move(x));
}

void Split::remove(std::string_view column) {
  std::erase_if(columns, [&](const Column& one) { return one.name == column; });
}

void Split::number_rows() {
  std::vector<int64_t> rows(static_cast<size_t>(size()));
  std::iota(rows.begin(), rows.end(), int64_t{0});
  set("sample", rows);
}

const Column* Split::samples() const {
  const Column* images = column("images");
  return images ? images : column("features");
}

Column* Split::samples() { return const_cast<Column*>(std::as_const(*this).samples()); }

StoredRows* Split::stored() const {
  const Column* x = samples();
  return x ? x->stored.get() : nullptr;
}

const h5::Array& Split::x() const { return values_of(samples()); }
const h5::Array& Split::targets() const { return values_of(column("targets")); }
std::span<const int32_t> Split::labels() const { return numbers_of<int32_t>(column("labels")); }
std::span<int32_t> Split::labels() {
  Column* labels = column("labels");
  return labels ? labels->values.as<int32_t>() : std::span<int32_t>();
}
std::span<const int64_t> Split::sample() const { return numbers_of<int64_t>(column("sample")); }

}  // namespace nn
