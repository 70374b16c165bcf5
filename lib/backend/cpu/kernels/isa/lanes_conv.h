// SPDX-License-Identifier: MIT
// Direct convolution, a sample a lane: some channels of some cells stay in registers over all taps.
#pragma once

#include "backend/cpu/kernels/isa/lanes_after.h"

namespace nn::cpu::NN_ISA {

constexpr int cells_at_once = 4;  // also the cells of a window
constexpr int channels_at_once = lanes == 16 ? 6 : 3;

template <int channels, int cells>
using Sums = V[channels][cells];

/// Rows of a kernel.
struct KernelRows {
  int64_t begin, end;
};

/// Those that are not on zeros alone for the output cells of rows first to last.
inline KernelRows rows_on_values(const LanesConv& s, int64_t first, int64_t last) {
  const int64_t begin = s.first_row - last * s.stride_h, end = s.end_row - first * s.stride_h;
  return {begin > 0 ? begin : 0, end < s.kernel_h ? end : s.kernel_h};
}

/// x: the first tap of the first cell; offset: of each cell from there; w: weights of the first of the channels.
template <int channels, int cells>
inline void add_products(const LanesConv& s, KernelRows rows, const Planes& x, const int64_t (&offset)[cells],
                         const float* weights, Sums<channels, cells>& sum) {
  for (int64_t i = 0; i < s.in; ++i)
    for (int64_t ky = rows.begin; ky < rows.end; ++ky) {
      const float* p = x.at + i * x.channel + ky * x.row;
      const float* w = weights + (i * s.kernel_h + ky) * s.kernel_w * s.out;
      for (int64_t kx = 0; kx < s.kernel_w; ++kx, p += x.cell, w += s.out) {
        V xv[cells];
#pragma GCC unroll 4
        for (int k = 0; k < cells; ++k) xv[k] = load(p + offset[k]);
#pragma GCC unroll 6
        for (int c = 0; c < channels; ++c) {
          const V wv = all(w[c]);
#pragma GCC unroll 4
          for (int k = 0; k < cells; ++k) sum[c][k] = wv * xv[k] + sum[c][k];
        }
      }
    }
}

/// Some channels, from `first` on, of some cells: a window's, or neighbours in a row from (row, col) on.
template <int channels, int cells>
void direct_block(const LanesConv& s, const Planes& x, const float* w, const Planes& y, const LanesAfter& after,
                  int64_t first, int64_t row, int64_t col) {
  const int64_t right = s.stride_w * x.cell, down = s.stride_h * x.row;
  int64_t offset[cells];
  for (int k = 0; k < cells; ++k) offset[k] = after.pool ? k / 2 * down + k % 2 * right : k * right;
  Sums<channels, cells> sum;
#pragma GCC unroll 6
  for (int c = 0; c < channels; ++c)
#pragma GCC unroll 4
    for (int k = 0; k < cells; ++k) sum[c][k] = V{};
  add_products<channels, cells>(s, rows_on_values(s, row, after.pool ? row + 1 : row),
                                {x.at + row * down + col * right, x.channel, x.row, x.cell}, offset, w + first, sum);
  const Stored stored(s, after);
  const int64_t oy = after.pool ? row / 2 : row, ox = after.pool ? col / 2 : col;
#pragma GCC unroll 6
  for (int c = 0; c < channels; ++c) {
    const Finish finish(after, first + c);
    float* to = y.at + (first + c) * y.channel + oy * y.row + ox * y.cell;
    uint8_t* state = after.state ? after.state + stored.state(first + c, oy, ox) : nullptr;
    if (cells == cells_at_once && after.pool) {
      finish.window(sum[c][0], sum[c][1 % cells], sum[c][2 % cells], sum[c][3 % cells], to, state);
      continue;
    }
#pragma GCC unroll 4
    for (int k = 0; k < cells; ++k) finish.one(sum[c][k], to + k * y.cell, state ? state + k * lanes : nullptr);
  }
}

using DirectBlock = void (*)(const LanesConv&, const Planes&, const float*, const Planes&, const LanesAfter&, int64_t,
                             int64_t, int64_t);

template <int channels>
inline DirectBlock direct_block_of(int64_t n, int64_t cells) {
  if (n == channels) return cells == 1 ? &direct_block<channels, 1> : &direct_block<channels, cells_at_once>;
  if constexpr (channels > 1) return direct_block_of<channels - 1>(n, cells);
  return nullptr;
}

/// All channels of these cells, in blocks of nearly equal size.
inline void direct_cells(const LanesConv& s, const Planes& x, const float* w, const Planes& y, const LanesAfter& after,
                         int64_t cells, int64_t row, int64_t col) {
  const int64_t blocks = (s.out + channels_at_once - 1) / channels_at_once;
  for (int64_t b = 0; b < blocks; ++b) {
    const int64_t first = s.out * b / blocks, next = s.out * (b + 1) / blocks;
    direct_block_of<channels_at_once>(next - first, cells)(s, x, w, y, after, first, row, col);
  }
}

inline void direct_forward(const LanesConv& s, const Planes& x, const float* packed, const Planes& y,
                           const LanesAfter& after) {
  if (after.pool) {
    for (int64_t row = 0; row + 1 < s.oh; row += 2)
      for (int64_t col = 0; col + 1 < s.ow; col += 2) direct_cells(s, x, packed, y, after, cells_at_once, row, col);
    return;
  }
  const int64_t cells = s.ow < cells_at_once ? 1 : cells_at_once;
  for (int64_t row = 0; row < s.oh; ++row)
    for (int64_t col = 0; col < s.ow;
         col += cells)  // the last cells of a row are done again where they do not fill a block
      direct_cells(s, x, packed, y, after, cells, row, col + cells <= s.ow ? col : s.ow - cells);
}

constexpr int taps_at_once = 5;
constexpr int gradients_at_once = lanes == 16 ? 4 : 2;

/// Neighbouring taps of a kernel's row for some channels, over all cells. sums: of the first channel and tap.
template <int channels, int taps>
void weights_block(const LanesConv& s, const float* x, const Planes& xs, const float* g, const Planes& gs, float* sums,
                   int64_t sums_channel) {
  V sum[channels][taps];
#pragma GCC unroll 4
  for (int c = 0; c < channels; ++c)
#pragma GCC unroll 5
    for (int t = 0; t < taps; ++t) sum[c][t] = load(sums + c * sums_channel + t * lanes);
  for (int64_t row = 0; row < s.oh; ++row) {
    const float* p = x + row * s.stride_h * xs.row;
    const float* q = g + row * gs.row;
    for (int64_t col = 0; col < s.ow; ++col, p += s.stride_w * xs.cell, q += gs.cell) {
      V xv[taps];
#pragma GCC unroll 5
      for (int t = 0; t < taps; ++t) xv[t] = load(p + t * xs.cell);
#pragma GCC unroll 4
      for (int c = 0; c < channels; ++c) {
        const V gv = load(q + c * gs.channel);
#pragma GCC unroll 5
        for (int t = 0; t < taps; ++t) sum[c][t] = gv * xv[t] + sum[c][t];
      }
    }
  }
#pragma GCC unroll 4
  for (int c = 0; c < channels; ++c)
#pragma GCC unroll 5
    for (int t = 0; t < taps; ++t) store(sums + c * sums_channel + t * lanes, sum[c][t]);
}

using WeightsBlock = void (*)(const LanesConv&, const float*, const Planes&, const float*, const Planes&, float*,
                              int64_t);

template <int channels, int taps>
inline WeightsBlock weights_block_of(int64_t c, int64_t t) {
  if constexpr (taps > 1)
    if (t < taps) return weights_block_of<channels, taps - 1>(c, t);
  if constexpr (channels > 1)
    if (c < channels) return weights_block_of<channels - 1, taps>(c, t);
  return &weights_block<channels, taps>;
}

inline void direct_weights(const LanesConv& s, const Planes& x, const Planes& g, float* sums) {
  const int64_t blocks = (s.out + gradients_at_once - 1) / gradients_at_once;
  const int64_t pieces = (s.kernel_w + taps_at_once - 1) / taps_at_once;
  for (int64_t i = 0; i < s.in; ++i)
    for (int64_t ky = 0; ky < s.kernel_h; ++ky)
      for (int64_t piece = 0; piece < pieces; ++piece) {
        const int64_t kx = s.kernel_w * piece / pieces, taps = s.kernel_w * (piece + 1) / pieces - kx;
        for (int64_t b = 0; b < blocks; ++b) {
          const int64_t o = s.out * b / blocks, channels = s.out * (b + 1) / blocks - o;
          const int64_t tap = (i * s.kernel_h + ky) * s.kernel_w + kx;
          weights_block_of<gradients_at_once, taps_at_once>(channels, taps)(
              s, x.at + i * x.channel + ky * x.row + kx * x.cell, x, g.at + o * g.channel, g,
              sums + (o * s.taps() + tap) * lanes, s.taps() * lanes);
        }
      }
}

}  // namespace nn::cpu::NN_ISA
