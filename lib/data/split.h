// SPDX-License-Identifier: MIT
// A split of a dataset in host memory: a name and its columns. images or features, labels, targets and sample are
// columns as all others; functions give them with their type.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/column.h"
#include "h5/array.h"

namespace nn {

struct Split {
  std::string name;             ///< "train", "val", "test"
  std::vector<Column> columns;  ///< basic ones in the order of known_columns(), then the others in that of the file

  /// Samples: the rows of the first column that stands for them; 0 without one.
  int64_t size() const;
  const Column* column(std::string_view wanted) const;  ///< null when there is none
  Column* column(std::string_view wanted);
  std::vector<const Column*> others() const;  ///< that are not basic

  /// Puts a column where it belongs, in place of the one of its name. Values without axes, or none: there is none then.
  void set(const std::string& column, h5::Array values);
  template <class T>
  void set(const std::string& column, const std::vector<T>& values) {
    set(column, values.empty() ? h5::Array() : h5::Array::of(values));
  }
  void set(Column column);
  void set_samples(h5::Array x);  ///< as images when it has four axes, else as features
  void remove(std::string_view column);
  void number_rows();  ///< sample: 0 to size() - 1

  const Column* samples() const;  ///< images or features; null when there are neither
  Column* samples();
  bool has_samples() const { return samples() != nullptr; }
  bool is_images() const { return x().shape.rank() == 4; }
  StoredRows* stored() const;               ///< of the samples, where they stay in their file; else null
  const h5::Array& x() const;               ///< images {N,C,H,W} or features {N,D}; without axes when there are neither
  const h5::Array& targets() const;         ///< {N,K} float32; without axes when there are none
  std::span<const int32_t> labels() const;  ///< {N}; empty when there are none
  std::span<int32_t> labels();
  std::span<const int64_t> sample() const;  ///< row in the source, {N}; empty: 0 to N - 1
};

}  // namespace nn
