// SPDX-License-Identifier: MIT
// A named, typed column of a split: one value, one row of values, or (ragged) a list of any length per sample. Ragged
// values of all samples stand one behind the other, without padding, with the place where each sample begins. Values
// of a fixed column may stay in their file.
// In a file: /SPLIT/NAME, and of a ragged column /SPLIT/NAME_start int64 {N+1} (nn-hdf5(5)).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "h5/array.h"

namespace nn {

class StoredRows;  // data/stored_rows.h

struct Column {
  std::string name;
  h5::Array values;            ///< {N,...}; ragged: {T,...}, T values or rows of all samples together
  std::vector<int64_t> start;  ///< ragged: {N+1}, sample i has the values start[i] to start[i+1]-1; empty: fixed
  /// Where the values stay in their file: `values` has their type and shape, and no bytes. Null: they are in memory.
  std::shared_ptr<StoredRows> stored = nullptr;

  bool is_ragged() const { return !start.empty(); }
  int64_t size() const {  ///< samples
    return is_ragged() ? static_cast<int64_t>(start.size()) - 1 : values.shape.rank() ? values.shape[0] : 0;
  }
  /// Values of sample i along the ragged axis; 1 of a fixed column.
  int64_t length(int64_t i) const {
    return is_ragged() ? start[static_cast<size_t>(i) + 1] - start[static_cast<size_t>(i)] : 1;
  }
};

/// A column whose name says what it holds.
struct KnownColumn {
  std::string_view name;
  h5::Type type;  ///< in memory; images and features may be of uint8 or float32
  bool ragged;    ///< always; else always fixed
  bool basic;     ///< every tool and every format of data sets knows it
  bool samples;   ///< it can stand for the samples: a split has one such column or more
  const char* holds;
};
/// images, features, labels, targets, sample; then the others: weights, ids, text, tokens.
std::span<const KnownColumn> known_columns();
const KnownColumn* known_column(std::string_view name);  ///< null for a name that says nothing
bool is_basic(std::string_view name);

/// Error naming the path: another number of samples than n, offsets that do not begin at 0, fall or do not end at the
/// last value, a known name with another type or form, weights that are negative or not finite, a name that a column
/// cannot have. For columns that are not basic; check() of a dataset holds more against those.
void check_column(const Column& column, int64_t n, const std::string& split);
/// The values of samples `rows` of a fixed column, one behind the other, also of one that stays in its file. out: as
/// large as they are.
void copy_rows(const Column& column, std::span<const int64_t> rows, std::span<std::byte> out);
/// The values of samples `rows`, in this order, and where each begins (of a ragged column); memory that is there is
/// used again.
void take_rows(const Column& column, std::span<const int64_t> rows, h5::Array& values, std::vector<int64_t>& start);
/// Its samples `rows`, in this order.
Column rows_of_column(const Column& column, std::span<const int64_t> rows);
/// "weights float32", "text uint8, ragged, 1234 values"
std::string column_text(const Column& column);

}  // namespace nn
