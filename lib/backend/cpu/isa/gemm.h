// SPDX-License-Identifier: MIT
// Matrix product: a block of rows x one panel of columns stays in registers over the whole of k. Elements of a are
// broadcast from where they lie; rows of b are read as they lie, so that nothing is packed but a last narrow panel.
// At 14 rows a panel needs 9 bytes a cycle, which the second-level cache gives.
#pragma once

#include "backend/cpu/isa/vec.h"
#include "backend/cpu/kernels.h"

namespace nn::cpu::NN_ISA {

constexpr int64_t panel = 2 * lanes;

inline const float* moved(const float* p, int64_t bytes) {
  return reinterpret_cast<const float*>(reinterpret_cast<const char*>(p) + bytes);
}

/// What a block reads at four steps of k. Rows of a are reached from every third one: so many pointers stay in registers,
/// where one a row would not, and no address is computed beside the multiplications.
template <int rows, int vectors, bool along>
struct Operands {
  static constexpr int bases = along ? (rows + 2) / 3 : 1;
  const float *a[bases], *b[vectors];
  int64_t a_stride, b_row, b_row3;  // bytes: from a row of a to the next, or, not along, from an element to the next

  Operands(const Gemm& g, int64_t row, int64_t piece, const float* b_from, int64_t b_floats) {
    const float* first = g.a + row * g.a_row + piece * g.a_piece;
    a_stride = (along ? g.a_row : g.a_col) * int64_t{sizeof(float)};
#pragma GCC unroll 5
    for (int i = 0; i < bases; ++i) a[i] = along ? moved(first, 3 * i * a_stride) : first;
#pragma GCC unroll 2
    for (int j = 0; j < vectors; ++j) b[j] = b_from + j * (g.b_half ? g.b_half : lanes);
    b_row = b_floats * int64_t{sizeof(float)};
    b_row3 = 3 * b_row;
  }
  /// The compiler sees new variables from here on: it would keep what it can derive from old ones, in memory.
  void renew() {
#pragma GCC unroll 5
    for (int i = 0; i < bases; ++i) __asm__("" : "+r"(a[i]));
#pragma GCC unroll 2
    for (int j = 0; j < vectors; ++j) __asm__("" : "+r"(b[j]));
    __asm__("" : "+r"(a_stride), "+r"(b_row), "+r"(b_row3));
  }
  float of_a(int row, int k) const { return along ? moved(a[row / 3], row % 3 * a_stride)[k] : moved(a[0], k * a_stride)[row]; }
  V of_b(int k, int j) const { return load(moved(b[j], k == 3 ? b_row3 : k * b_row)); }
  void advance(int k) {
#pragma GCC unroll 5
    for (int i = 0; i < bases; ++i) a[i] = along ? a[i] + k : moved(a[i], k * a_stride);
#pragma GCC unroll 2
    for (int j = 0; j < vectors; ++j) b[j] = moved(b[j], k * b_row);
  }
};

template <int rows, int vectors, bool along>
void gemm_block(const Gemm& g, int64_t row, const float* b, int64_t b_row, int64_t column, int64_t columns) {
  V sum[rows][vectors];
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < vectors; ++j) sum[i][j] = V{};
  const int64_t c_half = g.c_half ? g.c_half : lanes;
  const auto step = [&](const Operands<rows, vectors, along>& x, int k) {
    V bv[vectors];
#pragma GCC unroll 2
    for (int j = 0; j < vectors; ++j) bv[j] = x.of_b(k, j);
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i) {
      const V av = all(x.of_a(i, k));
#pragma GCC unroll 2
      for (int j = 0; j < vectors; ++j) sum[i][j] = av * bv[j] + sum[i][j];
    }
  };
  for (int64_t piece = 0; piece < g.pieces; ++piece) {
    Operands<rows, vectors, along> x(g, row, piece, b + piece * g.k * b_row, b_row);
    int64_t k = 0;
    for (; k + 4 <= g.k; k += 4) {
      x.renew();
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) step(x, i);
      x.advance(4);
    }
    for (; k < g.k; ++k) {
      step(x, 0);
      x.advance(1);
    }
  }
  if (g.row_bias)
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
      for (int j = 0; j < vectors; ++j) sum[i][j] += all(g.row_bias[row + i]);
  float* c = g.c + row * g.c_row + column * g.c_col;
  if (g.c_col == 1) {
    const int64_t rest = columns - (vectors - 1) * lanes;
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
      for (int j = 0; j < vectors; ++j) {
        float* p = c + i * g.c_row + j * c_half;
        const bool whole = j + 1 < vectors || rest == lanes;
        V v = sum[i][j];
        if (g.add) v += whole ? load(p) : load_part(p, rest);
        if (g.relu) v = v <= 0.0f ? V{} : v;
        if (whole) store(p, v);
        else store_part(p, v, rest);
      }
    return;
  }
  alignas(64) float t[rows][vectors * lanes];
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < vectors; ++j) store(&t[i][j * lanes], sum[i][j]);
  for (int64_t j = 0; j < columns; ++j)
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i) {
      float& p = c[i * g.c_row + j * g.c_col];
      p = g.add ? p + t[i][j] : t[i][j];
    }
}

using Block = void (*)(const Gemm&, int64_t, const float*, int64_t, int64_t, int64_t);

template <int rows>
inline Block block_of(int64_t n, int64_t vectors, bool along) {
  if (n == rows) {
    if (along) return vectors == 1 ? &gemm_block<rows, 1, true> : &gemm_block<rows, 2, true>;
    return vectors == 1 ? &gemm_block<rows, 1, false> : &gemm_block<rows, 2, false>;
  }
  if constexpr (rows > 1) return block_of<rows - 1>(n, vectors, along);
  return nullptr;
}

inline void gemm(const Gemm& g) {
  const int64_t blocks = (g.m + gemm_rows - 1) / gemm_rows;
  for (int64_t column = 0; column < g.n; column += panel) {
    const int64_t columns = g.n - column < panel ? g.n - column : panel;
    const int64_t vectors = columns > lanes ? 2 : 1;
    const float* b = g.b + column;
    int64_t b_row = g.b_row;
    if (columns != vectors * lanes && !g.b_padded) {
      for (int64_t k = 0; k < g.k * g.pieces; ++k) {
        float* to = g.scratch + k * vectors * lanes;
        const float* from = b + k * b_row;
        if (vectors == 2) store(to, load(from));
        const int64_t done = (vectors - 1) * lanes;
        store(to + done, load_part(from + done, columns - done));
      }
      b = g.scratch;
      b_row = vectors * lanes;
    }
    for (int64_t i = 0; i < blocks; ++i) {
      const int64_t row = g.m * i / blocks, next = g.m * (i + 1) / blocks;
      block_of<gemm_rows>(next - row, vectors, g.a_col == 1)(g, row, b, b_row, column, columns);
    }
  }
}

}  // namespace nn::cpu::NN_ISA
