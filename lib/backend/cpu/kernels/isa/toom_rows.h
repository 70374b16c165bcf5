// SPDX-License-Identifier: MIT
// Toom-Cook F(4,5) along x only, the sum over y as it stands: for few input channels, where transforms of both axes
// would cost more than they save. Eight products for four outputs of five taps.
#pragma once

#include "backend/cpu/kernels/isa/toom.h"

namespace nn::cpu::NN_ISA::toom {

constexpr int row_channels = lanes == 16 ? 6 : 3;  // outputs at once, forward
constexpr int quad_vectors = points * lanes;       // floats of a transformed quad

/// {point, in, kernel row, out}.
inline void rows_pack(const ToomRows& t, const float* weights, float* packed) {
  const int64_t rows = t.s.in * t.s.kernel_h;
  for (int64_t o = 0; o < t.s.out; ++o)
    for (int64_t r = 0; r < rows; ++r, weights += taps)
      for (int p = 0; p < points; ++p) {
        float sum = 0;
        for (int k = 0; k < taps; ++k) sum += kernel_matrix[p][k] * weights[k];
        packed[(p * rows + r) * t.s.out + o] = sum;
      }
}

/// Rows of the input, transformed as they are asked for: {in, quad, point}. Only those that a block reads are kept, so
/// that they stay in the first-level cache.
class TransformedRows {
 public:
  TransformedRows(const ToomRows& t, const Planes& x, float* to) : t_(t), x_(x), to_(to) {}
  const float* row(int64_t r) const { return to_ + r % t_.kept_rows() * t_.row(); }
  void up_to(int64_t end) {
    for (; done_ < end; ++done_) {
      float* to = to_ + done_ % t_.kept_rows() * t_.row();
      for (int64_t i = 0; i < t_.s.in; ++i)
        for (int64_t q = 0; q < t_.quads(); ++q) {
          const float* from = x_.at + i * x_.channel + done_ * x_.row + q * outputs * x_.cell;
          V a[inputs], b[points];
#pragma GCC unroll 8
          for (int k = 0; k < inputs; ++k) a[k] = load(from + k * x_.cell);
          input(a, b);
#pragma GCC unroll 8
          for (int k = 0; k < points; ++k) store(to + (i * t_.quads() + q) * quad_vectors + k * lanes, b[k]);
        }
    }
  }

 private:
  const ToomRows& t_;
  const Planes& x_;
  float* to_;
  int64_t done_ = 0;
};

/// What follows the sums, for one channel of a quad of outputs in one or two rows.
template <int rows>
inline void finish_quad(const Finish& finish, const Stored& stored, const V (&y)[rows][outputs],
                        const LanesAfter& after, const Planes& to, int64_t o, int64_t row, int64_t col) {
  const int64_t top = after.pool ? row / 2 : row, left = after.pool ? col / 2 : col;
  float* p = to.at + o * to.channel + top * to.row + left * to.cell;
  uint8_t* state = after.state ? after.state + stored.state(o, top, left) : nullptr;
  const int64_t state_cell = state ? lanes : 0, state_row = stored.cols * state_cell;
  if (after.pool) {
#pragma GCC unroll 2
    for (int k = 0; k < outputs / 2; ++k, p += to.cell, state += state_cell)
      if (left + k < stored.cols)
        finish.window(y[0][2 * k], y[0][2 * k + 1], y[rows - 1][2 * k], y[rows - 1][2 * k + 1], p, state);
    return;
  }
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
    for (int k = 0; k < outputs; ++k)
      if (left + k < stored.cols)
        finish.one(y[r][k], p + r * to.row + k * to.cell, state + r * state_row + k * state_cell);
}

/// Channels from o on of one or two quads in one or two rows. x: the transformed rows that they read.
template <int channels, int rows, int quads>
void rows_block(const ToomRows& t, const float* const* x, const float* packed, const Planes& y, const LanesAfter& after,
                int64_t o, int64_t row, int64_t quad) {
  constexpr int cells = rows * quads;
  const LanesConv& s = t.s;
  V m[channels][cells][points];
  for (int p = 0; p < points; ++p) {
    V sum[channels][cells];
#pragma GCC unroll 6
    for (int c = 0; c < channels; ++c)
#pragma GCC unroll 4
      for (int k = 0; k < cells; ++k) sum[c][k] = V{};
    const float* w = packed + p * s.in * s.kernel_h * s.out + o;
    for (int64_t i = 0; i < s.in; ++i) {
      const int64_t from = (i * t.quads() + quad) * quad_vectors + p * lanes;
      for (int64_t ky = 0; ky < s.kernel_h; ++ky, w += s.out) {
        V xv[cells];
#pragma GCC unroll 4
        for (int k = 0; k < cells; ++k) xv[k] = load(x[ky + k / quads * s.stride_h] + from + k % quads * quad_vectors);
#pragma GCC unroll 6
        for (int c = 0; c < channels; ++c) {
          const V wv = all(w[c]);
#pragma GCC unroll 4
          for (int k = 0; k < cells; ++k) sum[c][k] = wv * xv[k] + sum[c][k];
        }
      }
    }
#pragma GCC unroll 6
    for (int c = 0; c < channels; ++c)
#pragma GCC unroll 4
      for (int k = 0; k < cells; ++k) m[c][k][p] = sum[c][k];
  }
  const Stored stored(s, after);
  for (int c = 0; c < channels; ++c) {
    const Finish finish(after, o + c);
    for (int q = 0; q < quads; ++q) {
      V out[rows][outputs];
#pragma GCC unroll 2
      for (int r = 0; r < rows; ++r) {
        output(m[c][r * quads + q], out[r]);
        if (kink_at_zero(after, o + c)) clear_noise(out[r], largest(m[c][r * quads + q]));
      }
      finish_quad<rows>(finish, stored, out, after, y, o + c, row, (quad + q) * outputs);
    }
  }
}

using RowsBlock = void (*)(const ToomRows&, const float* const*, const float*, const Planes&, const LanesAfter&,
                           int64_t, int64_t, int64_t);

template <int channels>
inline RowsBlock rows_block_of(int64_t n, int64_t rows, int64_t quads) {
  if constexpr (channels > 1)
    if (n < channels) return rows_block_of<channels - 1>(n, rows, quads);
  if (rows == 1) return quads == 1 ? &rows_block<channels, 1, 1> : &rows_block<channels, 1, 2>;
  return quads == 1 ? &rows_block<channels, 2, 1> : &rows_block<channels, 2, 2>;
}

inline void rows_forward(const ToomRows& t, const Planes& x, const float* packed, const Planes& y,
                         const LanesAfter& after, float* scratch) {
  const LanesConv& s = t.s;
  TransformedRows transformed(t, x, scratch);
  const int64_t blocks = (s.out + row_channels - 1) / row_channels;
  for (int64_t row = 0; row < s.oh; row += 2) {
    const int64_t rows = row + 1 < s.oh ? 2 : 1;
    if (after.pool && rows == 1) return;
    const int64_t first = row * s.stride_h, count = (rows - 1) * s.stride_h + s.kernel_h;
    transformed.up_to(first + count);
    const float* x[ToomRows::most_rows];
    for (int64_t r = 0; r < count; ++r) x[r] = transformed.row(first + r);
    for (int64_t quad = 0; quad < t.quads(); quad += 2) {
      const int64_t quads = quad + 1 < t.quads() ? 2 : 1;
      for (int64_t b = 0; b < blocks; ++b) {
        const int64_t o = s.out * b / blocks, next = s.out * (b + 1) / blocks;
        rows_block_of<row_channels>(next - o, rows, quads)(t, x, packed, y, after, o, row, quad);
      }
    }
  }
}

}  // namespace nn::cpu::NN_ISA::toom
