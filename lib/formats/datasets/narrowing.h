// SPDX-License-Identifier: MIT
// What is lost when numbers of 64 bits become float32: whole numbers beyond 2^24 that change, different values that
// become equal.
#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "formats/format.h"

namespace nn {

/// Whether a number becomes a finite float32, the greatest of which is written as 3.4028235e+38, a little more than it
/// is.
inline bool fits_float32(double value) { return std::fabs(value) < 0x1.ffffffp127; }

class Narrowing {
 public:
  /// value: as it stands in the file; row counts from 0.
  void see(size_t column, size_t row, double value) {
    if (static_cast<double>(static_cast<float>(value)) != value) keep(column, row, value);
  }
  /// One warning that names the columns. names: empty for numbers from 1; what: "column" or "pixel". rounded: what
  /// became of the values, in rows of `width`: where values that float32 holds meet others that it does not.
  void report(const FormatOptions& options, std::span<const float> rounded, size_t width,
              const std::vector<std::string>& names, const char* what = "column") const;

 private:
  struct Column {
    size_t changed = 0, first_row = 0;
    double first = 0;
    std::vector<double> inexact;  ///< those that float32 rounds, up to a number of them
    bool all_kept = true;
  };
  static size_t equal_now(const Column& column, std::span<const float> rounded, size_t width, size_t place);
  void keep(size_t column, size_t row, double value);
  std::vector<Column> columns_;  ///< up to the last that loses something
  size_t kept_ = 0;
};

}  // namespace nn
