// SPDX-License-Identifier: MIT
// Rows to lanes and back, copies of planes, sums over lanes.
#pragma once

#include "backend/cpu/isa/square.h"
#include "backend/cpu/lanes.h"

namespace nn::cpu::NN_ISA {

inline void to_lanes(const float* rows, int64_t samples, int64_t count, float* to, int64_t width) {
  for (int64_t s = 0; s < samples; s += lanes) {
    const int64_t used = samples - s < lanes ? samples - s : lanes;
    for (int64_t i = 0; i < count; i += lanes) {
      const int64_t n = count - i < lanes ? count - i : lanes;
      const float* from = rows + s * count + i;
      V square[lanes];
      if (n == lanes && used == lanes)
#pragma GCC unroll 16
        for (int64_t k = 0; k < lanes; ++k) square[k] = load(from + k * count);
      else
        for (int64_t k = 0; k < lanes; ++k) square[k] = k < used ? load_part(from + k * count, n) : V{};
      transpose_square(square);
      for (int64_t k = 0; k < n; ++k) store(to + (i + k) * width + s, square[k]);
    }
  }
}

inline void to_rows(const float* from, int64_t width, int64_t samples, int64_t count, float* rows) {
  for (int64_t s = 0; s < samples; s += lanes) {
    const int64_t used = samples - s < lanes ? samples - s : lanes;
    for (int64_t i = 0; i < count; i += lanes) {
      const int64_t n = count - i < lanes ? count - i : lanes;
      V square[lanes];
      for (int64_t k = 0; k < lanes; ++k) square[k] = k < n ? load(from + (i + k) * width + s) : V{};
      transpose_square(square);
      float* to = rows + s * count + i;
      for (int64_t k = 0; k < used; ++k) {
        if (n == lanes) store(to + k * count, square[k]);
        else store_part(to + k * count, square[k], n);
      }
    }
  }
}

inline void copy_planes(int64_t channels, int64_t h, int64_t w, const Planes& from, const Planes& to) {
  for (int64_t c = 0; c < channels; ++c)
    for (int64_t y = 0; y < h; ++y) {
      const float* p = from.at + c * from.channel + y * from.row;
      float* q = to.at + c * to.channel + y * to.row;
      for (int64_t x = 0; x < w; ++x) store(q + x * to.cell, load(p + x * from.cell));
    }
}

/// Lanes without bit `distance`: pairs of a summed; the others: pairs of b.
inline V fold(V a, V b, int distance) {
  const I high = (lane_numbers & distance) != 0;
  const I here = high ? lane_numbers + lanes : lane_numbers;
  const I there = high ? lane_numbers + lanes - distance : lane_numbers + distance;
  return __builtin_shuffle(a, b, here) + __builtin_shuffle(a, b, there);
}

template <int n>
inline void fold_halves(V (&v)[lanes]) {
#pragma GCC unroll 8
  for (int i = 0; i < n; ++i) v[i] = fold(v[i], v[i + n], n);
  if constexpr (n > 1) fold_halves<n / 2>(v);
}

/// Lane i of the result: the sum of the lanes of v[i].
inline V sum_square(V (&v)[lanes]) {
  fold_halves<lanes / 2>(v);
  return v[0];
}

inline void sum_lanes(const float* vectors, int64_t n, float* out) {
  for (int64_t i = 0; i < n; i += lanes) {
    const int64_t m = n - i < lanes ? n - i : lanes;
    V v[lanes];
    for (int64_t k = 0; k < lanes; ++k) v[k] = k < m ? load(vectors + (i + k) * lanes) : V{};
    const V s = sum_square(v);
    if (m == lanes) store(out + i, s);
    else store_part(out + i, s, m);
  }
}

}  // namespace nn::cpu::NN_ISA
