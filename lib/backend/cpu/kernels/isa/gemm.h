// SPDX-License-Identifier: MIT
// Matrix product: a block of rows x one panel of columns stays in registers over the whole of k. Elements of a are
// broadcast from where they lie; rows of b are read as they lie, so that nothing is packed but a last narrow panel.
// At 14 rows a panel needs 9 bytes a cycle, which the second-level cache gives.
#pragma once

#include <utility>

#include "backend/cpu/kernels/isa/vec.h"
#include "backend/cpu/kernels/kernels.h"

namespace nn::cpu::NN_ISA {

constexpr int64_t panel = 2 * lanes;

constexpr int64_t line = 16;  // floats

inline const float* moved(const float* p, int64_t bytes) {
  return reinterpret_cast<const float*>(reinterpret_cast<const char*>(p) + bytes);
}

/// What a block reads at four steps of k. Rows of a are reached from every third one: so many pointers stay in
/// registers, where one per row would not, and no address is computed beside the multiplications.
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
  float of_a(int row, int k) const {
    return along ? moved(a[row / 3], row % 3 * a_stride)[k] : moved(a[0], k * a_stride)[row];
  }
  V of_b(int k, int j) const { return load(moved(b[j], k == 3 ? b_row3 : k * b_row)); }
  /// Of these, k elements on.
  Operands moved_by(int64_t k) const {
    Operands x = *this;
#pragma GCC unroll 5
    for (int i = 0; i < bases; ++i) x.a[i] = along ? a[i] + k : moved(a[i], k * a_stride);
#pragma GCC unroll 2
    for (int j = 0; j < vectors; ++j) x.b[j] = moved(b[j], k * b_row);
    return x;
  }
  void advance(int k) {
#pragma GCC unroll 5
    for (int i = 0; i < bases; ++i) a[i] = along ? a[i] + k : moved(a[i], k * a_stride);
#pragma GCC unroll 2
    for (int j = 0; j < vectors; ++j) b[j] = moved(b[j], k * b_row);
  }
};

/// What is seldom asked for, apart: the sums of a block would not stay in registers beside it.
template <int rows, int vectors>
__attribute__((noinline)) void finish_block(const Gemm& g, const V (&sum)[rows][vectors], int64_t row, int64_t column,
                                            int64_t columns) {
  const int64_t c_half = g.c_half ? g.c_half : lanes;
  float* c = g.c + row * g.c_row + column * g.c_col;
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < vectors; ++j) {
      const int64_t n = j + 1 < vectors ? lanes : columns - j * lanes;
      V v = sum[i][j];
      if (g.row_bias) v += all(g.row_bias[row + i]);
      if (g.c_col != 1) {
        alignas(64) float values[lanes];
        store(values, v);
        for (int64_t k = 0; k < n; ++k) {
          float& p = c[i * g.c_row + (j * lanes + k) * g.c_col];
          p = g.add ? p + values[k] : values[k];
        }
        continue;
      }
      float* p = c + i * g.c_row + j * c_half;
      if (g.column_bias) v += load_part(g.column_bias + column + j * lanes, n);
      if (g.add) v += load_part(p, n);
      if (g.relu) v = v <= 0.0f ? V{} : v;
      store_part(p, v, n);
    }
}

template <int rows, int vectors, bool along, bool some>
void gemm_block(const Gemm& g, int64_t block, int64_t row, const float* b, int64_t b_row, int64_t column,
                int64_t columns) {
  V sum[rows][vectors];
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < vectors; ++j) sum[i][j] = V{};
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
  // With nothing to ask for, b's next rows: they are read anyway.
  const float* ahead = g.ahead ? g.ahead + block * g.ahead_block : b;
  const auto ask = [&](int n) {
#pragma GCC unroll 3
    for (int i = 0; i < n; ++i) __builtin_prefetch(ahead + i * line, 1, 2);
    ahead += n * line;
  };
  int64_t piece = 0;
  do {
    Operands<rows, vectors, along> x(g, row, piece, b + piece * g.k * b_row, b_row);
    if constexpr (some) {
      constexpr int together = along ? 4 : 1;
      for (const int32_t *i = g.taken, *end = i + g.taken_count; i != end; ++i) {
        Operands<rows, vectors, along> at = x.moved_by(int64_t{*i} * together);
        at.renew();
        ask(1);
#pragma GCC unroll 4
        for (int j = 0; j < together; ++j) step(at, j);
      }
      if (along) x = x.moved_by(g.k / 4 * 4);
    } else {
      for (int64_t k = g.k / 4; k > 0; --k) {
        x.renew();
        ask(3);
#pragma GCC unroll 4
        for (int i = 0; i < 4; ++i) step(x, i);
        x.advance(4);
      }
    }
    if constexpr (along || !some)
      for (int64_t k = g.k % 4; k > 0; --k) {
        step(x, 0);
        x.advance(1);
      }
  } while (++piece < g.pieces);
  const int64_t rest = columns - (vectors - 1) * lanes, c_half = g.c_half ? g.c_half : lanes, c_row = g.c_row;
  if (g.c_col != 1 || rest != lanes || g.row_bias || g.column_bias || g.relu) {
    V sums[rows][vectors];
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
      for (int j = 0; j < vectors; ++j) sums[i][j] = sum[i][j];
    return finish_block<rows, vectors>(g, sums, row, column, columns);
  }
  float* c = g.c + row * c_row + column;
  if (g.add) {
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
      for (int j = 0; j < vectors; ++j) sum[i][j] += load(c + i * c_row + j * c_half);
  }
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < vectors; ++j) store(c + i * c_row + j * c_half, sum[i][j]);
}

using Block = void (*)(const Gemm&, int64_t, int64_t, const float*, int64_t, int64_t, int64_t);

/// Blocks of 1 to gemm_rows rows.
struct Blocks {
  Block of_rows[gemm_rows];
};
template <bool along, bool some, int vectors, int... less>
constexpr Blocks blocks_of_rows(std::integer_sequence<int, less...>) {
  return {{&gemm_block<less + 1, vectors, along, some>...}};
}
template <bool along, bool some, int vectors>
constexpr Blocks blocks = blocks_of_rows<along, some, vectors>(std::make_integer_sequence<int, gemm_rows>{});

template <bool along, bool some>
inline const Block* blocks_of(int64_t vectors) {
  return vectors == 1 ? blocks<along, some, 1>.of_rows : blocks<along, some, 2>.of_rows;
}

inline const Block* blocks_of(const Gemm& g, int64_t vectors) {
  if (g.a_col == 1) return g.taken ? blocks_of<true, true>(vectors) : blocks_of<true, false>(vectors);
  return g.taken ? blocks_of<false, true>(vectors) : blocks_of<false, false>(vectors);
}

inline void gemm(const Gemm& g) {
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
    const int64_t count = (g.m + gemm_rows - 1) / gemm_rows;
    const Block* block = blocks_of(g, vectors) - 1;
    for (int64_t i = 0; i < count; ++i) {
      const int64_t row = g.m * i / count, next = g.m * (i + 1) / count;
      block[next - row](g, i, row, b, b_row, column, columns);
    }
  }
}

}  // namespace nn::cpu::NN_ISA
