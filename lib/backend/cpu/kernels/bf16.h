// SPDX-License-Identifier: MIT
// Products of bf16 numbers, summed in float32. Two that follow each other along the sum make a word of 32 bits, the
// first in its lower half; matrices are of words. A float becomes the nearest bf16, ties to even; denormals become 0, a
// NaN stays one. A sum adds, for each word in order, the product of the upper halves, then that of the lower ones, each
// rounded once: what the instruction vdpbf16ps does, so that all instruction sets give the same bits,
// but for tiles (tile_gemm.h).
//
// Thirds: a float is the sum of three bf16 numbers, exactly, each the nearest to what those before it leave; of the
// nine products of two such sums the six largest are made, from the smallest on, since the other three are smaller than
// the rounding of a float's product (Henry, Tang, Heinecke, "Leveraging the bfloat16 Artificial Intelligence Datatype
// For Higher-Precision Computations", 2019). That is float32, where tiles multiply bf16 many times as fast as vectors
// multiply floats. Floats beyond the largest bf16, 3.39e38, infinities among them, become NaN.
//
// A table of kernels for each instruction set, made from isa/bf16*.h.
#pragma once

#include "backend/cpu/kernels/kernels.h"

namespace nn::cpu {

struct Bf16ConvKernels;

inline int64_t words_of(int64_t numbers) { return (numbers + 1) / 2; }

/// Rows of the left factor, and columns of the right one, can be read up to a multiple of this.
constexpr int64_t bf16_side = 16;

/// c{m,n} = a{m,k} b{k,n} + row_bias{m}, k in words, a multiple of Bf16Kernels::step: words of 0 in both fill it up.
/// With b_panel, columns lie in panels of Bf16Kernels::panel, so many words from the start of one to the next. a, or
/// both, may be of three parts (bf16x3), from the largest on, each a_apart or b_apart behind the one before. Where
/// kernels are tiles a may lie in tiles of bf16_side rows and words: a_step from one to the next along k, a_block along
/// m; in rows these are side and side * a_row. So may columns of c lie in panels, c_panel floats from the start of one
/// to the next.
struct Bf16Gemm {
  int64_t m = 0, n = 0, k = 0;
  const uint32_t* a = nullptr;
  int64_t a_row = 0, a_step = bf16_side, a_block = bf16_side * a_row;
  const uint32_t* b = nullptr;
  int64_t b_row = 0, b_panel = 0;
  float* c = nullptr;
  int64_t c_row = 0, c_panel = 0;
  const float* row_bias = nullptr;
  int a_parts = 1, b_parts = 1;
  int64_t a_apart = 0, b_apart = 0;
};

/// The products of two numbers' parts, from the smallest on.
struct PairOfParts {
  int a, b;
};
constexpr PairOfParts pairs_of_parts[] = {{2, 0}, {1, 1}, {0, 2}, {1, 0}, {0, 1}, {0, 0}};

/// Where words go: rows `row` apart, parts `apart`; a left factor's in tiles or in rows, as Bf16Gemm's a.
struct WordMatrix {
  uint32_t* at;
  int64_t row;
  int64_t apart = 0, step = bf16_side, block = bf16_side * row;
  int64_t place(int64_t r, int64_t word) const {
    return r / bf16_side * block + r % bf16_side * row + word / bf16_side * step + word % bf16_side;
  }
};

/// What makes words of floats: the nearest bf16, or bf16x3. All but pack write whole vectors: the columns of `to` up to
/// a multiple of Kernels::lanes, 0 where there is nothing.
struct Bf16Packs {
  int parts;  ///< 1 or 3
  /// to{rows, words of cols} = scale from{rows, cols}: numbers that follow each other in a row. This and pack_columns
  /// make left factors.
  void (*pack)(const float* from, int64_t rows, int64_t cols, int64_t from_row, float scale, const WordMatrix& to);
  /// to{words of cols, rows}: the same, turned.
  void (*pack_turned)(const float* from, int64_t rows, int64_t cols, int64_t from_row, const WordMatrix& to);
  /// to{words of rows, cols}: numbers that follow each other in a column.
  void (*pack_rows)(const float* from, int64_t rows, int64_t cols, int64_t from_row, const WordMatrix& to);
  /// to{cols, words of rows}: the same, turned.
  void (*pack_columns)(const float* from, int64_t rows, int64_t cols, int64_t from_row, const WordMatrix& to);
  /// Elements first to first + count of samples, a row each: turned to{words of count, samples}, and as pairs of
  /// samples to{words of samples, count}. Lanes beyond the samples hold anything finite.
  void (*values_to_lanes)(const float* const* rows, int64_t samples, int64_t first, int64_t count,
                          const WordMatrix& to);
  void (*values_to_panel)(const float* const* rows, int64_t samples, int64_t first, int64_t count,
                          const WordMatrix& to);
  /// The same of rows of bytes. The element after an odd last one is anything finite too.
  void (*bytes_to_lanes)(const uint8_t* const* rows, int64_t samples, int64_t first, int64_t count, const ByteMap& map,
                         const WordMatrix& to);
  void (*bytes_to_panel)(const uint8_t* const* rows, int64_t samples, int64_t first, int64_t count, const ByteMap& map,
                         const WordMatrix& to);
};

struct Bf16Kernels {
  const char* name;
  bool native;      ///< by instructions of the processor, else emulated in float32
  bool tiles;       ///< by tiles: bf16x3 products are then faster than those of floats
  int64_t panel;    ///< columns that gemm works on at once
  int64_t step;     ///< words of the sum likewise
  void (*begin)();  ///< on each thread before its first product, and after its last one
  void (*end)();
  void (*gemm)(const Bf16Gemm&);
  Bf16Packs nearest, bf16x3;
  void (*round)(float* x, int64_t n);   ///< each to the nearest bf16
  const Bf16ConvKernels* convolutions;  ///< null where they are emulated by those of float32
};

/// Products may be made while one of these lives, on its thread.
class Bf16Products {
 public:
  explicit Bf16Products(const Bf16Kernels& kernels) : kernels_(kernels) { kernels_.begin(); }
  ~Bf16Products() { kernels_.end(); }
  Bf16Products(const Bf16Products&) = delete;
  Bf16Products& operator=(const Bf16Products&) = delete;

 private:
  const Bf16Kernels& kernels_;
};

}  // namespace nn::cpu
