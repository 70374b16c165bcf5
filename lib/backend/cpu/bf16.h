// SPDX-License-Identifier: MIT
// Products of bf16 numbers, summed in float32. Two that follow each other along the sum make a word of 32 bits, the first
// in its lower half; matrices are of words. A float becomes the nearest bf16, ties to even; denormals become 0, a NaN
// stays one. A sum adds, for each word in order, the product of the upper halves, then that of the lower ones, each
// rounded once: what the instruction vdpbf16ps does, so that all instruction sets give the same bits,
// but for tiles (tile_gemm.h).
// A table of kernels for each instruction set, made from isa/bf16*.h.
#pragma once

#include "backend/cpu/kernels.h"

namespace nn::cpu {

struct Bf16ConvKernels;

inline int64_t words_of(int64_t numbers) { return (numbers + 1) / 2; }

/// c{m,n} = a{m,k} b{k,n} + row_bias{m}, k in words. Rows of b can be read up to a multiple of Kernels::lanes columns. With
/// pieces, the sum goes on over a + a_piece, a + 2 a_piece, ... and the rows of b that follow.
struct Bf16Gemm {
  int64_t m, n, k;
  const uint32_t* a;
  int64_t a_row, a_col;
  const uint32_t* b;
  int64_t b_row;
  float* c;
  int64_t c_row;
  const float* row_bias = nullptr;
  int64_t pieces = 1, a_piece = 0;
};

/// What writes words writes whole vectors: the columns of `to` up to a multiple of Kernels::lanes, 0 where there is nothing.
struct Bf16Kernels {
  const char* name;
  bool native;    ///< by instructions of the processor, else emulated in float32
  int64_t panel;  ///< columns that gemm works on at once
  int64_t block;  ///< rows likewise
  void (*gemm)(const Bf16Gemm&);
  /// to{rows, words of cols} = from{rows, cols}: numbers that follow each other in a row.
  void (*pack)(const float* from, int64_t rows, int64_t cols, int64_t from_row, uint32_t* to, int64_t to_row);
  /// to{words of cols, rows}: the same, turned.
  void (*pack_turned)(const float* from, int64_t rows, int64_t cols, int64_t from_row, uint32_t* to, int64_t to_row);
  /// to{words of rows, cols}: numbers that follow each other in a column.
  void (*pack_rows)(const float* from, int64_t rows, int64_t cols, int64_t from_row, uint32_t* to, int64_t to_row);
  /// The same from bf16 numbers, of which whole vectors are read: `to` gets them too.
  void (*pair_rows)(const uint16_t* from, int64_t rows, int64_t cols, int64_t from_row, uint32_t* to, int64_t to_row);
  void (*look_up)(const uint8_t* bytes, const uint16_t* values, uint16_t* y, int64_t n);  ///< y = values[byte]
  void (*round)(float* x, int64_t n);         ///< each to the nearest bf16
  const Bf16ConvKernels* convolutions;        ///< null where they are emulated by those of float32
};

}  // namespace nn::cpu
