// SPDX-License-Identifier: MIT
// Matrix product of words (bf16.h) by tiles of 16 rows of 64 bytes: a block of c is up to two by two tiles. A step of k
// takes 16 words, in each pair of parts. Tiles are always whole: what is beyond c is made as well and not kept.
//
// Tiles is the unit that does it (isa/tiles.h, and plain loops in the tests), made ready by who calls:
//   clear<i, j>()                  c tile i, j is 0; set<i, j>(from, row): it is read, 16 rows of floats, `row` apart
//   load_a<i>(from, row), load_b<j>(from, row)   16 rows of 16 words, `row` apart
//   multiply<i, j>()               c tile i, j += a tile i times b tile j
//   store<i, j>(to, row)           c tile i, j is written, rows of floats `row` apart
// The sum of a step of k in a pair of parts: the products of the lower halves, each rounded once, and those of the
// upper halves; both are added, then to c. Its bits are not those of bf16.h's other kernels.
#pragma once

#include <cstring>

#include "backend/cpu/kernels/bf16.h"
#include "base/system/threads.h"

namespace nn::cpu {

// No function of the standard library is called here, as in isa/vec.h: units of several instruction sets include this.
inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

constexpr int64_t tile_side = 16;
static_assert(tile_side == bf16_side);

inline void fill_row(float* row, float value) {
  for (int64_t i = 0; i < tile_side; ++i) row[i] = value;
}

template <class Tiles, int a_parts, int b_parts>
class TileGemm {
 public:
  explicit TileGemm(const Bf16Gemm& gemm) : g(gemm) {}

  /// Where a has more parts than b, some steps of k at a time: what a row of blocks reads of it then lies in the first
  /// cache for all but the first of them, as it would come faster than the second cache gives it. c waits in memory
  /// meanwhile, where no bit is lost.
  void run() {
    const int64_t steps = a_parts > b_parts && g.n > 2 * tile_side ? most_steps * tile_side : g.k;
    for (int64_t row = 0; row < g.m; row += 2 * tile_side)
      for (int64_t k = 0; k < g.k; k += steps)
        for (int64_t column = 0; column < g.n; column += 2 * tile_side)
          by_size(row, column, {k, smaller(g.k, k + steps)});
  }

 private:
  static constexpr int64_t most_steps = 12 / a_parts;  ///< two rows of tiles of 1 KB: half of a first cache of 48 KB

  void by_size(int64_t row, int64_t column, Range k) {
    const bool two_rows = g.m - row > tile_side, two_columns = g.n - column > tile_side;
    if (two_rows && two_columns)
      block<2, 2>(row, column, k);
    else if (two_rows)
      block<2, 1>(row, column, k);
    else if (two_columns)
      block<1, 2>(row, column, k);
    else
      block<1, 1>(row, column, k);
  }

  template <int rows, int columns>
  void block(int64_t row, int64_t column, Range range) {
    if (range.begin == 0)
      begin<rows, columns>(row);
    else
      each_tile<rows, columns>([&]<int i, int j>() { load<i, j>(row + i * tile_side, column + j * tile_side); });
    const uint32_t *a = g.a + row / tile_side * g.a_block + range.begin / tile_side * g.a_step,
                   *b = b_at(column) + range.begin * g.b_row;
    for (int64_t k = range.begin; k < range.end; k += tile_side, a += g.a_step, b += tile_side * g.b_row)
      step<rows, columns>(a, b);
    each_tile<rows, columns>([&]<int i, int j>() { store<i, j>(row + i * tile_side, column + j * tile_side); });
  }
  template <int rows, int columns, class Work>
  static void each_tile(Work work) {
    work.template operator()<0, 0>();
    if constexpr (columns > 1) work.template operator()<0, 1>();
    if constexpr (rows > 1) work.template operator()<1, 0>();
    if constexpr (rows > 1 && columns > 1) work.template operator()<1, 1>();
  }

  /// Pairs of parts from small to large, but in such an order that a part is loaded once where it can be.
  template <int rows, int columns>
  void step(const uint32_t* a, const uint32_t* b) {
    if constexpr (a_parts == 1) {
      load_a<rows>(a, 0), load_b<columns>(b, 0), multiply<rows, columns>();
    } else if constexpr (b_parts == 1) {
      load_b<columns>(b, 0);
      load_a<rows>(a, 2), multiply<rows, columns>();
      load_a<rows>(a, 1), multiply<rows, columns>();
      load_a<rows>(a, 0), multiply<rows, columns>();
    } else {
      load_a<rows>(a, 2), load_b<columns>(b, 0), multiply<rows, columns>();
      load_a<rows>(a, 1), multiply<rows, columns>();
      load_b<columns>(b, 1), multiply<rows, columns>();
      load_a<rows>(a, 0), multiply<rows, columns>();
      load_b<columns>(b, 2), multiply<rows, columns>();
      load_b<columns>(b, 0), multiply<rows, columns>();
    }
  }
  template <int rows>
  void load_a(const uint32_t* a, int part) {
    a += part * g.a_apart;
    tiles_.template load_a<0>(a, g.a_row);
    if constexpr (rows > 1) tiles_.template load_a<1>(a + g.a_block, g.a_row);
  }
  template <int columns>
  void load_b(const uint32_t* b, int part) {
    b += part * g.b_apart;
    tiles_.template load_b<0>(b, g.b_row);
    if constexpr (columns > 1) tiles_.template load_b<1>(b + tile_side, g.b_row);
  }
  template <int rows, int columns>
  void multiply() {
    each_tile<rows, columns>([&]<int i, int j>() { tiles_.template multiply<i, j>(); });
  }

  const uint32_t* b_at(int64_t column) const {
    return g.b_panel ? g.b + column / (2 * tile_side) * g.b_panel : g.b + column;
  }
  float* c_at(int64_t row, int64_t column) const {
    float* c = g.c + row * g.c_row;
    return g.c_panel ? c + column / (2 * tile_side) * g.c_panel + column % (2 * tile_side) : c + column;
  }

  template <int rows, int columns>
  void begin(int64_t row) {
    begin_row<0, columns>(row);
    if constexpr (rows > 1) begin_row<1, columns>(row + tile_side);
  }
  template <int i, int columns>
  void begin_row(int64_t row) {
    if (g.row_bias) {
      for (int64_t r = 0; r < smaller(tile_side, g.m - row); ++r) fill_row(some_ + r * tile_side, g.row_bias[row + r]);
      tiles_.template set<i, 0>(some_, tile_side);
      if constexpr (columns > 1) tiles_.template set<i, 1>(some_, tile_side);
    } else {
      tiles_.template clear<i, 0>();
      if constexpr (columns > 1) tiles_.template clear<i, 1>();
    }
  }

  template <int i, int j>
  void load(int64_t row, int64_t column) {
    const int64_t rows = smaller(tile_side, g.m - row), columns = smaller(tile_side, g.n - column);
    const float* c = c_at(row, column);
    if (rows == tile_side && columns == tile_side) return tiles_.template set<i, j>(c, g.c_row);
    for (int64_t r = 0; r < rows; ++r)
      std::memcpy(some_ + r * tile_side, c + r * g.c_row, static_cast<size_t>(columns) * sizeof(float));
    tiles_.template set<i, j>(some_, tile_side);
  }
  template <int i, int j>
  void store(int64_t row, int64_t column) {
    const int64_t rows = smaller(tile_side, g.m - row), columns = smaller(tile_side, g.n - column);
    float* c = c_at(row, column);
    if (rows == tile_side && columns == tile_side) return tiles_.template store<i, j>(c, g.c_row);
    tiles_.template store<i, j>(some_, tile_side);
    for (int64_t r = 0; r < rows; ++r)
      std::memcpy(c + r * g.c_row, some_ + r * tile_side, static_cast<size_t>(columns) * sizeof(float));
  }

  const Bf16Gemm& g;
  Tiles tiles_;
  alignas(64) float some_[tile_side * tile_side] = {};
};

template <class Tiles>
void tile_gemm(const Bf16Gemm& g) {
  if (g.b_parts > 1)
    TileGemm<Tiles, 3, 3>(g).run();
  else if (g.a_parts > 1)
    TileGemm<Tiles, 3, 1>(g).run();
  else
    TileGemm<Tiles, 1, 1>(g).run();
}

}  // namespace nn::cpu
