// SPDX-License-Identifier: MIT
// Weight gradient behind a 2x2 pooling: of the four gradients of a window one is not 0, so that one product with the
// input under that cell stands for four. The input is chosen lane by lane, first of two neighbours, then of two rows;
// what is chosen in a row serves two taps. Exact: the sums leave out zeros only. Pays where choosing costs no more than
// a product.
#pragma once

#include "backend/cpu/kernels/isa/lanes_after.h"

namespace nn::cpu::NN_ISA {

constexpr int window_rows = 5, window_cols = 5;  // of the kernel at once

#if defined(__AVX512F__)
inline Mask has_bit(State s, uint8_t bit) { return _mm_test_epi8_mask(s, every(bit)); }
#else
inline Mask has_bit(State s, uint8_t bit) { return (s & bit) != 0; }
#endif

/// For some taps of one channel and one row of windows: x at the first of them for the first window, sums of the first
/// of them.
template <int rows, int cols>
void window_block(const LanesConv& s, const float* x, const Planes& xs, const Planes& dy, const float* dy_row,
                  const uint8_t* state, float* sums) {
  V sum[rows][cols];
#pragma GCC unroll 5
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 5
    for (int c = 0; c < cols; ++c) sum[r][c] = load(sums + (r * s.kernel_w + c) * lanes);
  const float *p = x, *q = dy_row;
  for (int64_t wx = 0; wx < s.ow / 2; ++wx, p += 2 * xs.cell, q += dy.cell, state += lanes) {
    const State at = load_state(state);
    const V d = chosen(equals(at, no_gradient), load(q), V{});
    const Mask right = has_bit(at, 1), below = has_bit(at, 2);
    V upper[cols];
#pragma GCC unroll 5
    for (int c = 0; c < cols; ++c) upper[c] = chosen(right, load(p + c * xs.cell), load(p + (c + 1) * xs.cell));
#pragma GCC unroll 5
    for (int r = 0; r < rows; ++r) {
      const float* next = p + (r + 1) * xs.row;
#pragma GCC unroll 5
      for (int c = 0; c < cols; ++c) {
        const V lower = chosen(right, load(next + c * xs.cell), load(next + (c + 1) * xs.cell));
        sum[r][c] = d * chosen(below, upper[c], lower) + sum[r][c];
        upper[c] = lower;
      }
    }
  }
#pragma GCC unroll 5
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 5
    for (int c = 0; c < cols; ++c) store(sums + (r * s.kernel_w + c) * lanes, sum[r][c]);
}

using WindowBlock = void (*)(const LanesConv&, const float*, const Planes&, const Planes&, const float*, const uint8_t*,
                             float*);

template <int rows, int cols>
inline WindowBlock window_block_of(int64_t r, int64_t c) {
  if constexpr (rows > 1)
    if (r < rows) return window_block_of<rows - 1, cols>(r, c);
  if constexpr (cols > 1)
    if (c < cols) return window_block_of<rows, cols - 1>(r, c);
  return &window_block<rows, cols>;
}

/// Windows of one row see a few rows of the input, which stay in the first-level cache for all channels and taps.
inline void window_weights(const LanesConv& s, const Planes& x, const Planes& dy, const LanesAfter& after,
                           float* sums) {
  const Stored stored(s, after);
  const int64_t pieces_h = (s.kernel_h + window_rows - 1) / window_rows,
                pieces_w = (s.kernel_w + window_cols - 1) / window_cols;
  for (int64_t h = 0; h < pieces_h; ++h)
    for (int64_t w = 0; w < pieces_w; ++w) {
      const int64_t ky = s.kernel_h * h / pieces_h, rows = s.kernel_h * (h + 1) / pieces_h - ky;
      const int64_t kx = s.kernel_w * w / pieces_w, cols = s.kernel_w * (w + 1) / pieces_w - kx;
      const WindowBlock block = window_block_of<window_rows, window_cols>(rows, cols);
      for (int64_t wy = 0; wy < s.oh / 2; ++wy)
        for (int64_t i = 0; i < s.in; ++i)
          for (int64_t o = 0; o < s.out; ++o)
            block(s, x.at + i * x.channel + (2 * wy + ky) * x.row + kx * x.cell, x, dy,
                  dy.at + o * dy.channel + wy * dy.row, after.state + stored.state(o, wy, 0),
                  sums + (((o * s.in + i) * s.kernel_h + ky) * s.kernel_w + kx) * lanes);
    }
}

}  // namespace nn::cpu::NN_ISA
