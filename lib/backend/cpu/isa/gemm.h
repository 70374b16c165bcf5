// SPDX-License-Identifier: MIT
// Matrix product: a block of rows x one panel of columns stays in registers over the whole of k. Elements of a are
// broadcast from where they lie; rows of b are read as they lie, so that nothing is packed but a last narrow panel.
// At 14 rows a panel needs 9 bytes a cycle, which the second-level cache gives.
#pragma once

#include "backend/cpu/isa/vec.h"
#include "backend/cpu/kernels.h"

namespace nn::cpu::NN_ISA {

constexpr int64_t panel = 2 * lanes;

/// Where the next lines to be fetched lie, one of each every four steps of k.
struct Ahead {
  const float* from[3];
  int64_t step;
};

template <int rows, int vectors>
void gemm_block(const Gemm& g, int64_t row, const float* b, int64_t b_row, int64_t column, int64_t columns, const Ahead& ahead) {
  V sum[rows][vectors];
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < vectors; ++j) sum[i][j] = V{};
  const int64_t a_row = g.a_row, a_col = g.a_col;
  const float* a = nullptr;
  const auto step = [&] {
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
  };
  int64_t line = 0;
  for (int64_t piece = 0; piece < g.pieces; ++piece) {
    a = g.a + row * a_row + piece * g.a_piece;
    int64_t k = 0;
    for (; k + 4 <= g.k; k += 4, line += ahead.step) {
      __builtin_prefetch(ahead.from[0] + line, 0, 2);
      __builtin_prefetch(ahead.from[1] + line, 0, 2);
      __builtin_prefetch(ahead.from[2] + line, 0, 2);
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) step();
    }
    for (; k < g.k; ++k) step();
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
        float* p = c + i * g.c_row + j * lanes;
        if (j + 1 < vectors || rest == lanes) store(p, g.add ? load(p) + sum[i][j] : sum[i][j]);
        else store_part(p, g.add ? load_part(p, rest) + sum[i][j] : sum[i][j], rest);
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

using Block = void (*)(const Gemm&, int64_t, const float*, int64_t, int64_t, int64_t, const Ahead&);

template <int rows>
inline Block block_of(int64_t n, int64_t vectors) {
  if (n == rows) return vectors == 1 ? &gemm_block<rows, 1> : &gemm_block<rows, 2>;
  if constexpr (rows > 1) return block_of<rows - 1>(n, vectors);
  return nullptr;
}

inline void gemm(const Gemm& g) {
  const int64_t blocks = (g.m + gemm_rows - 1) / gemm_rows;
  Ahead ahead{{g.b, g.b, g.b}, 0};
  if (g.ahead[0]) {
    ahead.step = 64 / static_cast<int64_t>(sizeof(float));
    for (int i = 0; i < 3; ++i) ahead.from[i] = g.ahead[i] ? g.ahead[i] : g.ahead[0];
  }
  const int64_t lines = g.k / 4 * g.pieces * ahead.step;
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
      block_of<gemm_rows>(next - row, vectors)(g, row, b, b_row, column, columns, ahead);
      for (const float*& p : ahead.from) p += lines;
    }
  }
}

}  // namespace nn::cpu::NN_ISA
