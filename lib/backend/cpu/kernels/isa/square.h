// SPDX-License-Identifier: MIT
// A square of vectors turned in registers.
#pragma once

#include "backend/cpu/kernels/isa/vec.h"

namespace nn::cpu::NN_ISA {

/// Turns a square: each round interleaves a vector with the one half a square below.
inline void transpose_square(V (&square)[lanes]) {
  const I first = (lane_numbers >> 1) + (lane_numbers & 1) * lanes;
#pragma GCC unroll 4
  for (int n = 1; n < lanes; n *= 2) {
    V t[lanes];
#pragma GCC unroll 8
    for (int i = 0; i < lanes / 2; ++i) {
      t[2 * i] = __builtin_shuffle(square[i], square[i + lanes / 2], first);
      t[2 * i + 1] = __builtin_shuffle(square[i], square[i + lanes / 2], first + lanes / 2);
    }
#pragma GCC unroll 16
    for (int i = 0; i < lanes; ++i) square[i] = t[i];
  }
}

/// Rows of `from` as a square: n of them, m floats wide; the rest is 0.
inline void load_square(const float* from, int64_t from_row, int64_t n, int64_t m, V (&square)[lanes]) {
  if (n == lanes && m == lanes) {
#pragma GCC unroll 16
    for (int k = 0; k < lanes; ++k) square[k] = load(from + k * from_row);
    return;
  }
#pragma GCC unroll 16
  for (int k = 0; k < lanes; ++k) square[k] = k < n ? load_part(from + k * from_row, m) : V{};
}

/// The square as rows of `to`: n of them, m floats wide.
inline void store_square(const V (&square)[lanes], float* to, int64_t to_row, int64_t n, int64_t m) {
  if (n == lanes && m == lanes) {
#pragma GCC unroll 16
    for (int k = 0; k < lanes; ++k) store(to + k * to_row, square[k]);
    return;
  }
#pragma GCC unroll 16
  for (int k = 0; k < lanes; ++k)
    if (k < n) store_part(to + k * to_row, square[k], m);
}

}  // namespace nn::cpu::NN_ISA
