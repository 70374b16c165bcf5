// SPDX-License-Identifier: MIT
// Rows and lanes of dense layers: one turned into the other, what follows a product, softmax across a sample's lane.
#pragma once

#include "backend/cpu/kernels/isa/bytes.h"
#include "backend/cpu/kernels/isa/math.h"
#include "backend/cpu/kernels/isa/square.h"

namespace nn::cpu::NN_ISA {

inline void transpose(const float* from, int64_t rows, int64_t cols, int64_t from_row, float* to, int64_t to_row) {
  for (int64_t r = 0; r < rows; r += lanes) {
    const int64_t n = rows - r < lanes ? rows - r : lanes;
    for (int64_t c = 0; c < cols; c += lanes) {
      const int64_t m = cols - c < lanes ? cols - c : lanes;
      V square[lanes];
      load_square(from + r * from_row + c, from_row, n, m, square);
      transpose_square(square);
      store_square(square, to + c * to_row + r, to_row, m, n);
    }
  }
}

inline void rows_to_lanes(const float* rows, int64_t samples, int64_t count, int64_t row, float* to, int64_t width,
                          int64_t to_row) {
  for (int64_t c = 0; c < count; c += lanes) {
    const int64_t m = count - c < lanes ? count - c : lanes;
    for (int64_t s = 0; s < width; s += lanes) {
      const int64_t left = samples - s, n = left < 0 ? 0 : left < lanes ? left : lanes;
      V square[lanes];
      load_square(rows + s * row + c, row, n, m, square);
      transpose_square(square);
      store_square(square, to + c * to_row + s, to_row, m, lanes);
    }
  }
}

inline void row_to_panel(const float* row, int64_t count, float* to) {
  for (int64_t i = 0; i < count; i += lanes)
    store(to + i, count - i < lanes ? load_part(row + i, count - i) : load(row + i));
}

inline void rows_to_panel(const float* rows, int64_t samples, int64_t count, int64_t row, float* to) {
  for (int64_t s = 0; s < samples; ++s) row_to_panel(rows + s * row, count, to + s * 2 * lanes);
}

inline void values_to_panel(const float* const* rows, int64_t samples, int64_t first, int64_t count, float* to) {
  for (int64_t s = 0; s < samples; ++s) row_to_panel(rows[s] + first, count, to + s * 2 * lanes);
}

inline void values_to_lanes(const float* const* rows, int64_t samples, int64_t first, int64_t count, float* to,
                            int64_t to_row) {
  for (int64_t c = 0; c < count; c += lanes) {
    const int64_t m = count - c < lanes ? count - c : lanes;
    V square[lanes];
    for (int k = 0; k < lanes; ++k)
      square[k] = k >= samples ? V{} : m == lanes ? load(rows[k] + first + c) : load_part(rows[k] + first + c, m);
    transpose_square(square);
    store_square(square, to + c * to_row, to_row, m, lanes);
  }
}

/// The sum of the first n vectors, half onto half.
template <int n>
inline V folded(V (&v)[lanes]) {
  if constexpr (n > 1) {
#pragma GCC unroll 8
    for (int i = 0; i < n / 2; ++i) v[i] += v[i + n / 2];
    return folded<n / 2>(v);
  }
  return v[0];
}

/// Lane k of the result is the sum of vector k's lanes.
inline V sums_of(V (&square)[lanes]) {
  transpose_square(square);
  return folded<lanes>(square);
}

inline void lane_products(const float* a, int64_t rows, int64_t a_tile, const float* b, int64_t count, int64_t b_tile,
                          int64_t width, const int64_t* samples, int64_t tiles, float* c, int64_t c_row) {
  for (int64_t i = 0; i < count; i += lanes) {
    const int64_t n = count - i < lanes ? count - i : lanes;
    for (int64_t r = 0; r < rows; ++r) {
      V sum[lanes];
#pragma GCC unroll 16
      for (int k = 0; k < lanes; ++k) sum[k] = V{};
      for (int64_t t = 0; t < tiles; ++t)
        for (int64_t s = 0; s < samples[t]; s += lanes) {
          const float* p = a + t * a_tile + r * width + s;
          const V av = samples[t] - s < lanes ? load_part(p, samples[t] - s) : load(p);
          const float* q = b + t * b_tile + i * width + s;
          if (n == lanes)
#pragma GCC unroll 16
            for (int k = 0; k < lanes; ++k) sum[k] += av * load(q + k * width);
          else
            for (int64_t k = 0; k < n; ++k) sum[k] += av * load(q + k * width);
        }
      const V total = sums_of(sum);
      if (n == lanes)
        store(c + r * c_row + i, total);
      else
        store_part(c + r * c_row + i, total, n);
    }
  }
}

inline void sum_over_lanes(const float* x, int64_t rows, int64_t width, int64_t samples, bool add, float* out) {
  for (int64_t r = 0; r < rows; r += lanes) {
    const int64_t n = rows - r < lanes ? rows - r : lanes;
    V square[lanes];
    for (int64_t k = 0; k < lanes; ++k) {
      V sum{};
      if (k < n) {
        const float* p = x + (r + k) * width;
        int64_t s = 0;
        for (; s + lanes <= samples; s += lanes) sum += load(p + s);
        if (s < samples) sum += load_part(p + s, samples - s);
      }
      square[k] = sum;
    }
    const V total = sums_of(square);
    store_part(out + r, add ? load_part(out + r, n) + total : total, n);
  }
}

/// A NaN stays where it is kept.
inline void relu_drop(const uint32_t* words, int64_t row, int64_t samples, uint32_t threshold, float scale, float* y,
                      int64_t rows, int64_t width) {
  const U limit = threshold - U{};
  for (int64_t r = 0; r < rows; r += lanes) {
    const int64_t n = rows - r < lanes ? rows - r : lanes;
    for (int64_t s = 0; s < samples; s += lanes) {
      V square[lanes];
      load_square(reinterpret_cast<const float*>(words) + s * row + r, row, samples - s < lanes ? samples - s : lanes,
                  n, square);
      transpose_square(square);
      for (int64_t k = 0; k < n; ++k) {
        float* p = y + (r + k) * width + s;
        const V v = load(p);
        const I kept = reinterpret_cast<U&>(square[k]) >= limit;
        store(p, kept & ~(v <= 0.0f) ? v * scale : V{});
      }
    }
  }
}

inline void relu_backward(const float* y, const float* dy, float scale, float* dz, int64_t n) {
  each_vector(
      n, [&](int64_t i) { store(dz + i, load(y + i) > 0.0f ? load(dy + i) * scale : V{}); },
      [&](int64_t i, int64_t m) {
        store_part(dz + i, load_part(y + i, m) > 0.0f ? load_part(dy + i, m) * scale : V{}, m);
      });
}

inline void softmax_lanes(const float* x, int64_t count, int64_t width, float* p, float* largest, float* total) {
  for (int64_t s = 0; s < width; s += lanes) {
    V most = load(x + s), sum{};
    for (int64_t k = 1; k < count; ++k) {
      const V v = load(x + k * width + s);
      most = v > most ? v : most;
    }
    for (int64_t k = 0; k < count; ++k) {
      const V e = VecMath::exp(load(x + k * width + s) - most);
      store(p + k * width + s, e);
      sum += e;
    }
    const V share = 1.0f / sum;
    for (int64_t k = 0; k < count; ++k) store(p + k * width + s, load(p + k * width + s) * share);
    store(largest + s, most);
    store(total + s, sum);
  }
}

}  // namespace nn::cpu::NN_ISA
