// SPDX-License-Identifier: MIT
// The products of Winograd's method, one for each point: small matrices whose columns are whole vectors and whose rows
// lie close. A block of rows x vectors of the result stays in registers.
#pragma once

#include "backend/cpu/kernels/block_kernels.h"
#include "backend/cpu/kernels/isa/vec.h"

namespace nn::cpu::NN_ISA {

#if defined(__AVX512F__)
constexpr int wide_vectors = 4, wide_rows = 6, narrow_rows = 12;
#else
constexpr int wide_vectors = 2, wide_rows = 6, narrow_rows = 6;
#endif
constexpr int narrow_vectors = wide_vectors / 2;

/// c{m, n} (+)= a{m, k} b{k, n}; a turned: a{k, m}.
struct Product {
  int64_t m, n, k;
  const float* a;
  int64_t a_row;
  const float* b;
  float* c;
};

template <int rows, int vectors, bool turned, bool add>
void product_block(const Product& p, const float* a, const float* b, float* c, Prefetch::Range& ahead) {
  V sum[rows][vectors];
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 4
    for (int j = 0; j < vectors; ++j) sum[i][j] = V{};
  const int64_t a_row = p.a_row, n = p.n;
  const char *next = ahead.next, *const end = ahead.end;
  for (int64_t k = 0; k < p.k; ++k, a += turned ? a_row : 1, b += n) {
    if (next < end) {
      __builtin_prefetch(next, 1, 2);
      next += Prefetch::line;
    }
    V bv[vectors];
#pragma GCC unroll 4
    for (int j = 0; j < vectors; ++j) bv[j] = load(b + j * lanes);
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i) {
      const V av = all(a[turned ? i : i * a_row]);
#pragma GCC unroll 4
      for (int j = 0; j < vectors; ++j) sum[i][j] = av * bv[j] + sum[i][j];
    }
  }
  ahead.next = next;
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 4
    for (int j = 0; j < vectors; ++j)
      store(c + i * n + j * lanes, add ? load(c + i * n + j * lanes) + sum[i][j] : sum[i][j]);
}

using ProductBlock = void (*)(const Product&, const float*, const float*, float*, Prefetch::Range&);

template <int rows, int vectors, bool turned, bool add>
inline ProductBlock product_block_of(int64_t n) {
  if (n == rows) return &product_block<rows, vectors, turned, add>;
  if constexpr (rows > 1) return product_block_of<rows - 1, vectors, turned, add>(n);
  return nullptr;
}

template <int rows, int vectors, bool turned, bool add>
inline void product_columns(const Product& p, int64_t column, Prefetch& ahead) {
  const int64_t blocks = (p.m + rows - 1) / rows;
  for (int64_t i = 0; i < blocks; ++i) {
    const int64_t row = p.m * i / blocks, next = p.m * (i + 1) / blocks;
    product_block_of<rows, vectors, turned, add>(next - row)(p, p.a + (turned ? row : row * p.a_row), p.b + column,
                                                             p.c + row * p.n + column, ahead.left());
  }
}

template <bool turned, bool add>
inline void product(const Product& p, Prefetch& ahead) {
  int64_t column = 0;
  for (; column + wide_vectors * lanes <= p.n; column += wide_vectors * lanes)
    product_columns<wide_rows, wide_vectors, turned, add>(p, column, ahead);
  if constexpr (narrow_vectors > 1)
    for (; column + narrow_vectors * lanes <= p.n; column += narrow_vectors * lanes)
      product_columns<narrow_rows, narrow_vectors, turned, add>(p, column, ahead);
  for (; column < p.n; column += lanes) product_columns<narrow_rows, 1, turned, add>(p, column, ahead);
}

inline void winograd_product(const Winograd& g, int64_t samples, const float* a, int64_t width, int64_t depth,
                             const float* w, int64_t stride, int64_t n, float* c, Prefetch& ahead) {
  for (int p = 0; p < winograd_points; ++p)
    if (g.rows[p])
      product<false, false>(
          {samples * g.rows[p], n, depth, a + g.first[p] * width, width, w + p * stride, c + g.first[p] * n}, ahead);
}

inline void winograd_weight_product(const Winograd& g, int64_t samples, const float* x, int64_t width, int64_t rows,
                                    const float* d, int64_t n, bool add, float* w, int64_t stride, Prefetch& ahead) {
  for (int p = 0; p < winograd_points; ++p) {
    if (!g.rows[p]) {
      if (!add) std::memset(w + p * stride, 0, static_cast<size_t>(rows * n) * sizeof(float));
      continue;
    }
    const Product one{rows, n, samples * g.rows[p], x + g.first[p] * width, width, d + g.first[p] * n, w + p * stride};
    if (add)
      product<true, true>(one, ahead);
    else
      product<true, false>(one, ahead);
  }
}

}  // namespace nn::cpu::NN_ISA
