// SPDX-License-Identifier: MIT
// Matrix product: a block of rows x one panel of columns stays in registers over the whole of k. Elements of a are
// broadcast from where they lie; rows of b are read as they lie, so that nothing is packed but a last narrow panel.
// At 14 rows a panel needs 9 bytes a cycle, which the second-level cache gives.
#pragma once

#include "backend/cpu/isa/vec.h"
#include "backend/cpu/kernels.h"

namespace nn::cpu::NN_ISA {

constexpr int64_t panel = 2 * lanes;

template <int rows, int vectors>
void gemm_block(const Gemm& g, int64_t row, const float* b, int64_t b_row, int64_t column, int64_t columns) {
  V sum[rows][vectors];
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < vectors; ++j) sum[i][j] = V{};
  const float* a = g.a + row * g.a_row;
  const int64_t a_row = g.a_row, a_col = g.a_col;
  for (int64_t k = 0; k < g.k; ++k) {
    V bv[vectors];
#pragma GCC unroll 2
    for (int j = 0; j < vectors; ++j) bv[j] = load(b + j * lanes);
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i) {
      const V av = all(a[i * a_row]);
#pragma GCC unroll 2
      for (int j = 0; j < vectors; ++j) sum[i][j] = av * bv[j] + sum[i][j];
    }
    a += a_col;
    b += b_row;
  }
  if (g.row_bias)
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
      for (int j = 0; j < vectors; ++j) sum[i][j] += all(g.row_bias[row + i]);
  float* c = g.c + row * g.c_row + column * g.c_col;
  if (g.c_col == 1 && columns == vectors * lanes) {
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
      for (int j = 0; j < vectors; ++j) {
        float* p = c + i * g.c_row + j * lanes;
        store(p, g.add ? load(p) + sum[i][j] : sum[i][j]);
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
inline Block block_of(int64_t n, int64_t vectors) {
  if (n == rows) return vectors == 1 ? &gemm_block<rows, 1> : &gemm_block<rows, 2>;
  if constexpr (rows > 1) return block_of<rows - 1>(n, vectors);
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
      for (int64_t k = 0; k < g.k; ++k) {
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
      block_of<gemm_rows>(next - row, vectors)(g, row, b, b_row, column, columns);
    }
  }
}

inline void transpose(const float* from, int64_t rows, int64_t cols, int64_t from_row, float* to, int64_t to_row) {
  constexpr int64_t side = 16;
  for (int64_t r = 0; r < rows; r += side)
    for (int64_t c = 0; c < cols; c += side) {
      const int64_t r_end = r + side < rows ? r + side : rows, c_end = c + side < cols ? c + side : cols;
      for (int64_t j = c; j < c_end; ++j)
        for (int64_t i = r; i < r_end; ++i) to[j * to_row + i] = from[i * from_row + j];
    }
}

}  // namespace nn::cpu::NN_ISA
