// SPDX-License-Identifier: MIT
// Direct convolution in the pixels layout as a product whose left factor is read through a table of offsets: a few
// pixels x one panel of output channels stay in registers over all taps; for the weight gradient, a few taps over all
// pixels of a sample.
#pragma once

#include "backend/cpu/kernels/block_kernels.h"
#include "backend/cpu/kernels/isa/vec.h"

namespace nn::cpu::NN_ISA {

template <int pixels, int vectors>
void pixels_block(const Direct& d, const float* x, const float* w, float* y) {
  V sum[pixels][vectors];
#pragma GCC unroll 16
  for (int i = 0; i < pixels; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < vectors; ++j) sum[i][j] = V{};
  const int64_t step = d.x_pixel;
  for (int64_t k = 0; k < d.taps; ++k, w += d.n) {
    const float* a = x + d.offset[k];
    V b[vectors];
#pragma GCC unroll 2
    for (int j = 0; j < vectors; ++j) b[j] = load(w + j * lanes);
#pragma GCC unroll 16
    for (int i = 0; i < pixels; ++i) {
      const V av = all(a[i * step]);
#pragma GCC unroll 2
      for (int j = 0; j < vectors; ++j) sum[i][j] = av * b[j] + sum[i][j];
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < pixels; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < vectors; ++j) store(y + i * d.n + j * lanes, sum[i][j]);
}

using PixelsBlock = void (*)(const Direct&, const float*, const float*, float*);

template <int pixels>
inline PixelsBlock pixels_block_of(int64_t n, int64_t vectors) {
  if (n == pixels) return vectors == 1 ? &pixels_block<pixels, 1> : &pixels_block<pixels, 2>;
  if constexpr (pixels > 1) return pixels_block_of<pixels - 1>(n, vectors);
  return nullptr;
}

inline void pixels_direct(const Direct& d, const float* x, const float* w, float* y) {
  const int64_t blocks = (d.ow + gemm_rows - 1) / gemm_rows;
  for (int64_t column = 0; column < d.n; column += 2 * lanes) {
    const int64_t vectors = d.n - column < 2 * lanes ? 1 : 2;
    for (int64_t row = 0; row < d.oh; ++row)
      for (int64_t b = 0; b < blocks; ++b) {
        const int64_t first = d.ow * b / blocks, next = d.ow * (b + 1) / blocks;
        pixels_block_of<gemm_rows>(next - first, vectors)(d, x + row * d.x_row + first * d.x_pixel, w + column,
                                                          y + (row * d.ow + first) * d.n + column);
      }
  }
}

template <int taps, int vectors>
void taps_block(const Direct& d, const float* x, const int64_t* offset, const float* dy, int64_t dy_row, float* dw) {
  V sum[taps][vectors];
#pragma GCC unroll 16
  for (int i = 0; i < taps; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < vectors; ++j) sum[i][j] = load(dw + i * d.n + j * lanes);
  for (int64_t row = 0; row < d.oh; ++row) {
    const float *a = x + row * d.x_row, *b = dy + row * dy_row;
    for (int64_t p = 0; p < d.ow; ++p, a += d.x_pixel, b += d.n) {
      V bv[vectors];
#pragma GCC unroll 2
      for (int j = 0; j < vectors; ++j) bv[j] = load(b + j * lanes);
#pragma GCC unroll 16
      for (int i = 0; i < taps; ++i) {
        const V av = all(a[offset[i]]);
#pragma GCC unroll 2
        for (int j = 0; j < vectors; ++j) sum[i][j] = av * bv[j] + sum[i][j];
      }
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < taps; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < vectors; ++j) store(dw + i * d.n + j * lanes, sum[i][j]);
}

using TapsBlock = void (*)(const Direct&, const float*, const int64_t*, const float*, int64_t, float*);

template <int taps>
inline TapsBlock taps_block_of(int64_t n, int64_t vectors) {
  if (n == taps) return vectors == 1 ? &taps_block<taps, 1> : &taps_block<taps, 2>;
  if constexpr (taps > 1) return taps_block_of<taps - 1>(n, vectors);
  return nullptr;
}

inline void pixels_weight_gradient(const Direct& d, const float* x, const float* dy, int64_t dy_row, float* dw) {
  const int64_t blocks = (d.taps + gemm_rows - 1) / gemm_rows;
  for (int64_t column = 0; column < d.n; column += 2 * lanes) {
    const int64_t vectors = d.n - column < 2 * lanes ? 1 : 2;
    for (int64_t b = 0; b < blocks; ++b) {
      const int64_t first = d.taps * b / blocks, next = d.taps * (b + 1) / blocks;
      taps_block_of<gemm_rows>(next - first, vectors)(d, x, d.offset + first, dy + column, dy_row,
                                                      dw + first * d.n + column);
    }
  }
}

}  // namespace nn::cpu::NN_ISA
