// SPDX-License-Identifier: MIT
// Matrix product of words: a block of rows x one panel of columns stays in registers over the whole of k, as in gemm.h,
// and over the products of parts, one after the other.
#pragma once

#include "backend/cpu/kernels/isa/bf16.h"

namespace nn::cpu::NN_ISA {

constexpr int64_t bf16_panel = 2 * lanes;

template <int rows, int vectors>
void bf16_block(const Bf16Gemm& g, int64_t row, int64_t column, int64_t columns) {
  V sum[rows][vectors];
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < vectors; ++j) sum[i][j] = V{};
  const int64_t a_row = g.a_row, b_row = g.b_row;
  for (const auto& [a_part, b_part] : pairs_of_parts) {
    if (a_part >= g.a_parts || b_part >= g.b_parts) continue;
    const uint32_t* a = g.a + a_part * g.a_apart + row * a_row;
    const uint32_t* b = g.b + b_part * g.b_apart + (g.b_panel ? column / bf16_panel * g.b_panel : column);
    for (int64_t k = 0; k < g.k; ++k, ++a, b += b_row) {
      Factor bw[vectors];
#pragma GCC unroll 2
      for (int j = 0; j < vectors; ++j) bw[j] = factor_of(load_words(b + j * lanes));
#pragma GCC unroll 16
      for (int i = 0; i < rows; ++i) {
        const Factor aw = factor_of(all_words(a[i * a_row]));
#pragma GCC unroll 2
        for (int j = 0; j < vectors; ++j) sum[i][j] = add_products(aw, bw[j], sum[i][j]);
      }
    }
  }
  float* c = g.c + row * g.c_row + column;
  const int64_t rest = columns - (vectors - 1) * lanes;
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i) {
    const V bias = g.row_bias ? all(g.row_bias[row + i]) : V{};
#pragma GCC unroll 2
    for (int j = 0; j < vectors; ++j) {
      float* p = c + i * g.c_row + j * lanes;
      const V v = g.row_bias ? sum[i][j] + bias : sum[i][j];
      if (j + 1 < vectors || rest == lanes)
        store(p, v);
      else
        store_part(p, v, rest);
    }
  }
}

using Bf16Block = void (*)(const Bf16Gemm&, int64_t, int64_t, int64_t);

template <int rows>
inline Bf16Block bf16_block_of(int64_t n, int64_t vectors) {
  if (n == rows) return vectors == 1 ? &bf16_block<rows, 1> : &bf16_block<rows, 2>;
  if constexpr (rows > 1) return bf16_block_of<rows - 1>(n, vectors);
  return nullptr;
}

inline void bf16_gemm(const Bf16Gemm& g) {
  const int64_t blocks = (g.m + bf16_rows - 1) / bf16_rows;
  for (int64_t column = 0; column < g.n; column += bf16_panel) {
    const int64_t columns = g.n - column < bf16_panel ? g.n - column : bf16_panel;
    for (int64_t i = 0; i < blocks; ++i) {
      const int64_t row = g.m * i / blocks, next = g.m * (i + 1) / blocks;
      bf16_block_of<bf16_rows>(next - row, columns > lanes ? 2 : 1)(g, row, column, columns);
    }
  }
}

}  // namespace nn::cpu::NN_ISA
