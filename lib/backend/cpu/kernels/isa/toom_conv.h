// SPDX-License-Identifier: MIT
// Toom-Cook F(4x4,5x5), a sample a lane: 64 products for 16 outputs of 25 taps. Transforms go along one axis, then the
// other; what lies between is kept for one row of points at a time, so that it stays in the first-level cache.
#pragma once

#include "backend/cpu/kernels/isa/toom.h"

namespace nn::cpu::NN_ISA::toom {

constexpr int channels_at_once = lanes == 16 ? 8 : 4;  // outputs
constexpr int inputs_at_once = lanes == 16 ? 6 : 3;

/// G on both axes of `n` kernels side by side: {5, 5, n} to {8, 8, n}. n is a multiple of the lanes.
inline void kernel_to_points(const float* w, int64_t n, float* out) {
  for (int64_t c = 0; c < n; c += lanes) {
    V half[points][taps];
    for (int x = 0; x < taps; ++x)
      for (int i = 0; i < points; ++i) {
        V s{};
        for (int y = 0; y < taps; ++y) s += kernel_matrix[i][y] * load(w + (y * taps + x) * n + c);
        half[i][x] = s;
      }
    for (int i = 0; i < points; ++i)
      for (int j = 0; j < points; ++j) {
        V s{};
        for (int x = 0; x < taps; ++x) s += kernel_matrix[j][x] * half[i][x];
        store(out + (i * points + j) * n + c, s);
      }
  }
}

/// G^T on both axes: {8, 8, n} to {5, 5, n}.
inline void points_to_kernel(const float* m, int64_t n, float* out) {
  for (int64_t c = 0; c < n; c += lanes) {
    V half[taps][points];
    for (int j = 0; j < points; ++j)
      for (int y = 0; y < taps; ++y) {
        V s{};
        for (int i = 0; i < points; ++i) s += kernel_matrix[i][y] * load(m + (i * points + j) * n + c);
        half[y][j] = s;
      }
    for (int y = 0; y < taps; ++y)
      for (int x = 0; x < taps; ++x) {
        V s{};
        for (int j = 0; j < points; ++j) s += kernel_matrix[j][x] * half[y][j];
        store(out + (y * taps + x) * n + c, s);
      }
  }
}

inline void pack(const ToomConv& t, const float* weights, float* packed, float* scratch) {
  const int64_t in = t.s.in, row = t.out_padded();
  std::memset(scratch, 0, static_cast<size_t>(t.gradient()) * sizeof(float));
  for (int64_t o = 0; o < t.s.out; ++o)
    for (int64_t i = 0; i < in; ++i, weights += ToomConv::taps)
      for (int64_t k = 0; k < ToomConv::taps; ++k) scratch[(k * in + i) * row + o] = weights[k];
  kernel_to_points(scratch, in * row, packed);
}

/// Eight by eight inputs to as many points, stored `apart` floats from each other.
inline void square_to_points(const float* p, const Planes& x, float* out, int64_t apart) {
  V half[points][inputs];
  for (int col = 0; col < inputs; ++col) {
    V a[inputs], b[points];
#pragma GCC unroll 8
    for (int i = 0; i < inputs; ++i) a[i] = load(p + i * x.row + col * x.cell);
    input(a, b);
#pragma GCC unroll 8
    for (int i = 0; i < points; ++i) half[i][col] = b[i];
  }
  for (int i = 0; i < points; ++i, out += points * apart) {
    V b[points];
    input(half[i], b);
#pragma GCC unroll 8
    for (int j = 0; j < points; ++j) store(out + j * apart, b[j]);
  }
}

inline void inputs_of(const ToomConv& t, const Planes& x, float* items) {
  for (int64_t r = 0; r < t.squares_h(); ++r)
    for (int64_t c = 0; c < t.squares_w(); ++c, items += t.item())
      for (int64_t i = 0; i < t.s.in; ++i)
        square_to_points(x.at + i * x.channel + outputs * (r * x.row + c * x.cell), x, items + i * lanes,
                         t.s.in * lanes);
}

/// What products of one row of points become: along x, outputs already.
using HalfDone = V[channels_at_once][points][outputs];

/// A row of points of some items and outputs: the products summed over the inputs, then A^T along x.
template <int items, int channels>
inline void row_of_products(const float* const (&x)[items], const float* w, int64_t in, int64_t w_row, HalfDone* half,
                            int row) {
  V m[items][channels][points];
  for (int j = 0; j < points; ++j) {
    V sum[channels][items];
#pragma GCC unroll 8
    for (int c = 0; c < channels; ++c)
#pragma GCC unroll 2
      for (int k = 0; k < items; ++k) sum[c][k] = V{};
    for (int64_t i = 0; i < in; ++i, w += w_row) {
      V xv[items];
#pragma GCC unroll 2
      for (int k = 0; k < items; ++k) xv[k] = load(x[k] + (j * in + i) * lanes);
#pragma GCC unroll 8
      for (int c = 0; c < channels; ++c) {
        const V wv = all(w[c]);
#pragma GCC unroll 2
        for (int k = 0; k < items; ++k) sum[c][k] = wv * xv[k] + sum[c][k];
      }
    }
#pragma GCC unroll 8
    for (int c = 0; c < channels; ++c)
#pragma GCC unroll 2
      for (int k = 0; k < items; ++k) m[k][c][j] = sum[c][k];
  }
  for (int k = 0; k < items; ++k)
    for (int c = 0; c < channels; ++c) output(m[k][c], half[k][c][row]);
}

/// A^T along y, then what follows the convolution, for one output channel of one square.
inline void finish_square(const LanesConv& s, const V (&half)[points][outputs], const LanesAfter& after,
                          const Planes& y, int64_t o, int64_t top, int64_t left) {
  V out[outputs][outputs];
#pragma GCC unroll 4
  for (int x = 0; x < outputs; ++x) {
    V a[points], b[outputs];
#pragma GCC unroll 8
    for (int i = 0; i < points; ++i) a[i] = half[i][x];
    output(a, b);
#pragma GCC unroll 4
    for (int i = 0; i < outputs; ++i) out[i][x] = b[i];
  }
  if (kink_at_zero(after, o)) {
    V most{};
#pragma GCC unroll 8
    for (int i = 0; i < points; ++i) most = larger(most, largest(half[i]));
#pragma GCC unroll 4
    for (int i = 0; i < outputs; ++i) clear_noise(out[i], most);
  }
  const Finish finish(after, o);
  const Stored stored(s, after);
  const auto place = [&](int64_t r, int64_t c, float*& to, uint8_t*& state) {
    to = y.at + o * y.channel + r * y.row + c * y.cell;
    state = after.state ? after.state + stored.state(o, r, c) : nullptr;
    return r < stored.rows && c < stored.cols;
  };
  float* to;
  uint8_t* state;
  if (after.pool) {
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k) {
      const int r = k / 2 * 2, c = k % 2 * 2;
      if (place(top / 2 + k / 2, left / 2 + k % 2, to, state))
        finish.window(out[r][c], out[r][c + 1], out[r + 1][c], out[r + 1][c + 1], to, state);
    }
    return;
  }
#pragma GCC unroll 16
  for (int k = 0; k < outputs * outputs; ++k)
    if (place(top + k / outputs, left + k % outputs, to, state)) finish.one(out[k / outputs][k % outputs], to, state);
}

template <int items, int channels>
void forward_block(const ToomConv& t, const float* x, const float* w, const Planes& y, const LanesAfter& after,
                   int64_t square, int64_t o) {
  HalfDone half[items];
  const int64_t in = t.s.in, row = t.out_padded();
  for (int i = 0; i < points; ++i) {
    const float* at[items];
    for (int k = 0; k < items; ++k) at[k] = x + k * t.item() + i * points * in * lanes;
    row_of_products<items, channels>(at, w + i * points * in * row + o, in, row, half, i);
  }
  const int64_t across = t.squares_w();
  for (int k = 0; k < items; ++k) {
    const int64_t top = (square + k) / across * outputs, left = (square + k) % across * outputs;
    for (int c = 0; c < channels; ++c) finish_square(t.s, half[k][c], after, y, o + c, top, left);
  }
}

using ForwardBlock = void (*)(const ToomConv&, const float*, const float*, const Planes&, const LanesAfter&, int64_t,
                              int64_t);

template <int channels>
inline ForwardBlock forward_block_of(int64_t n, int64_t items) {
  if (n == channels) return items == 1 ? &forward_block<1, channels> : &forward_block<2, channels>;
  if constexpr (channels > 1) return forward_block_of<channels - 1>(n, items);
  return nullptr;
}

inline void forward(const ToomConv& t, const float* items, const float* packed, const Planes& y,
                    const LanesAfter& after) {
  const int64_t blocks = (t.s.out + channels_at_once - 1) / channels_at_once;
  for (int64_t square = 0; square < t.squares(); square += 2) {
    const int64_t n = square + 1 < t.squares() ? 2 : 1;
    for (int64_t b = 0; b < blocks; ++b) {
      const int64_t o = t.s.out * b / blocks, next = t.s.out * (b + 1) / blocks;
      forward_block_of<channels_at_once>(next - o, n)(t, items + square * t.item(), packed, y, after, square, o);
    }
  }
}

}  // namespace nn::cpu::NN_ISA::toom
