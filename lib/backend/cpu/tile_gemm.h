// SPDX-License-Identifier: MIT
// Matrix product of words (bf16.h) by tiles of 16 rows of 64 bytes: a block of c is up to two by two tiles. A step of k
// takes 16 words: what is left of k, and a whose words do not follow each other, go through a copy.
//
// Tiles is the unit that does it (isa/tiles.h, and plain loops in the tests):
//   configure(shape)           before anything else; tiles lose what they held
//   begin(i, j, from, row)     c tile i, j is read, rows of floats `row` apart
//   load_a(i, from, row)       rows of 16 words; load_b(j, from, row): 16 rows of words
//   multiply(i, j)             c tile i, j += a tile i times b tile j
//   end(i, j, to, row)         c tile i, j is written
//   release()                  afterwards
// The sum of a step of k: the products of the lower halves, each rounded once, and those of the upper halves; both are
// added, then to c. Its bits are not those of bf16.h's other kernels.
#pragma once

#include <cstring>

#include "backend/cpu/bf16.h"

namespace nn::cpu {

constexpr int64_t tile_side = 16;

/// Of a block of c: rows and columns of its tiles, 0 where there is none.
struct TileShape {
  int64_t rows[2] = {}, columns[2] = {};
  bool operator==(const TileShape& o) const {
    return rows[0] == o.rows[0] && rows[1] == o.rows[1] && columns[0] == o.columns[0] && columns[1] == o.columns[1];
  }
};

template <class Tiles>
class TileGemm {
 public:
  explicit TileGemm(const Bf16Gemm& gemm) : g(gemm) {}

  void run() {
    for (int64_t column = 0; column < g.n; column += 2 * tile_side)
      for (int64_t row = 0; row < g.m; row += 2 * tile_side) block(row, column);
    tiles_.release();
  }

 private:
  static int64_t up_to_side(int64_t n) { return n < 0 ? 0 : n < tile_side ? n : tile_side; }

  void block(int64_t row, int64_t column) {
    TileShape shape;
    for (int i = 0; i < 2; ++i) {
      shape.rows[i] = up_to_side(g.m - row - i * tile_side);
      shape.columns[i] = up_to_side(g.n - column - i * tile_side);
    }
    if (!(shape == shape_)) tiles_.configure(shape_ = shape);
    begin(row);
    for (int64_t piece = 0; piece < g.pieces; ++piece)
      for (int64_t k = 0; k < g.k; k += tile_side) {
        const int64_t words = up_to_side(g.k - k);
        for (int i = 0; i < 2; ++i) {
          if (shape.rows[i]) load_a(i, g.a + piece * g.a_piece + (row + i * tile_side) * g.a_row + k * g.a_col, words);
          if (shape.columns[i]) load_b(i, g.b + (piece * g.k + k) * g.b_row + column + i * tile_side, words);
        }
        each([this](int i, int j) { tiles_.multiply(i, j); });
      }
    each([&](int i, int j) { tiles_.end(i, j, g.c + (row + i * tile_side) * g.c_row + column + j * tile_side, g.c_row); });
  }

  template <class Work>
  void each(Work work) const {
    for (int i = 0; i < 2; ++i)
      for (int j = 0; j < 2; ++j)
        if (shape_.rows[i] && shape_.columns[j]) work(i, j);
  }

  void begin(int64_t row) {
    each([&](int i, int j) {
      for (int64_t r = 0; r < shape_.rows[i]; ++r)
        for (int64_t c = 0; c < tile_side; ++c) start_[r * tile_side + c] = g.row_bias ? g.row_bias[row + i * tile_side + r] : 0.0f;
      tiles_.begin(i, j, start_, tile_side);
    });
  }

  void load_a(int i, const uint32_t* from, int64_t words) {
    if (g.a_col == 1 && words == tile_side) return tiles_.load_a(i, from, g.a_row);
    std::memset(copy_, 0, sizeof copy_);
    if (g.a_row == 1)
      for (int64_t w = 0; w < words; ++w)
        for (int64_t r = 0; r < shape_.rows[i]; ++r) copy_[r * tile_side + w] = from[w * g.a_col + r];
    else
      for (int64_t r = 0; r < shape_.rows[i]; ++r)
        for (int64_t w = 0; w < words; ++w) copy_[r * tile_side + w] = from[r * g.a_row + w * g.a_col];
    tiles_.load_a(i, copy_, tile_side);
  }

  void load_b(int j, const uint32_t* from, int64_t words) {
    if (words == tile_side) return tiles_.load_b(j, from, g.b_row);
    std::memset(copy_, 0, sizeof copy_);
    for (int64_t w = 0; w < words; ++w)
      for (int64_t c = 0; c < shape_.columns[j]; ++c) copy_[w * tile_side + c] = from[w * g.b_row + c];
    tiles_.load_b(j, copy_, tile_side);
  }

  const Bf16Gemm& g;
  Tiles tiles_;
  TileShape shape_;
  alignas(64) uint32_t copy_[tile_side * tile_side];
  alignas(64) float start_[tile_side * tile_side];
};

template <class Tiles>
void tile_gemm(const Bf16Gemm& g) { TileGemm<Tiles>(g).run(); }

}  // namespace nn::cpu
