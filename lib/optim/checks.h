// SPDX-License-Identifier: MIT
// Ranges of optimizer options; each throws a UsageError that names the option. NaN fits nowhere.
#pragma once

namespace nn {

/// Rounded to float32 where a framework keeps a constant so.
inline double constant_of(double value, bool in_float) {
  return in_float ? static_cast<double>(static_cast<float>(value)) : value;
}

void check_share(const char* option, double value);         ///< [0, 1)
void check_positive(const char* option, double value);      ///< above 0
void check_not_negative(const char* option, double value);  ///< 0 or above

}  // namespace nn
