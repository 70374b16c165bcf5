// SPDX-License-Identifier: MIT
// What is lost when numbers of 64 bits become float32: whole numbers beyond 2^24 that change, different values that become equal.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "formats/format.h"

namespace nn {

class Narrowing {
 public:
  /// value: as it stands in the file; row counts from 0.
  void see(size_t column, size_t row, double value) {
    if (static_cast<double>(static_cast<float>(value)) != value) keep(column, row, value);
  }
  /// One warning that names the columns. names: empty for numbers from 1.
  void report(const FormatOptions& options, const std::vector<std::string>& names) const;

 private:
  struct Column {
    size_t changed = 0, first_row = 0;
    double first = 0;
    std::vector<double> inexact;  ///< those that float32 rounds, up to a number of them
  };
  void keep(size_t column, size_t row, double value);
  std::map<size_t, Column> columns_;  ///< those that lose something
  size_t kept_ = 0;
};

}  // namespace nn
