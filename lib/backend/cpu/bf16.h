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

/// Rows of the left factor, and columns of the right one, can be read up to a multiple of this.
constexpr int64_t bf16_side = 16;

/// c{m,n} = a{m,k} b{k,n} + row_bias{m}, k in words, a multiple of Bf16Kernels::step: words of 0 in both fill it up. With
/// b_panel, columns lie in panels of Bf16Kernels::panel, so many words from the start of one to the next.
struct Bf16Gemm {
  int64_t m, n, k;
  const uint32_t* a;
  int64_t a_row;
  const uint32_t* b;
  int64_t b_row, b_panel = 0;
  float* c;
  int64_t c_row;
  const float* row_bias = nullptr;
};

/// What writes words, but for pack, writes whole vectors: the columns of `to` up to a multiple of Kernels::lanes, 0 where
/// there is nothing.
struct Bf16Kernels {
  const char* name;
  bool native;    ///< by instructions of the processor, else emulated in float32
  int64_t panel;  ///< columns that gemm works on at once
  int64_t step;   ///< words of the sum likewise
  void (*begin)();  ///< on each thread before its first product, and after its last one
  void (*end)();
  void (*gemm)(const Bf16Gemm&);
  /// to{rows, words of cols} = from{rows, cols}: numbers that follow each other in a row.
  void (*pack)(const float* from, int64_t rows, int64_t cols, int64_t from_row, uint32_t* to, int64_t to_row);
  /// to{words of cols, rows}: the same, turned.
  void (*pack_turned)(const float* from, int64_t rows, int64_t cols, int64_t from_row, uint32_t* to, int64_t to_row);
  /// to{words of rows, cols}: numbers that follow each other in a column.
  void (*pack_rows)(const float* from, int64_t rows, int64_t cols, int64_t from_row, uint32_t* to, int64_t to_row);
  /// to{cols, words of rows}: the same, turned.
  void (*pack_columns)(const float* from, int64_t rows, int64_t cols, int64_t from_row, uint32_t* to, int64_t to_row);
  /// Elements first to first + count of samples, a row each: turned to{words of count, samples}, and as pairs of samples to a
  /// panel {words of samples, panel}, of count <= panel. Lanes beyond the samples hold anything finite.
  void (*values_to_lanes)(const float* const* rows, int64_t samples, int64_t first, int64_t count, uint32_t* to, int64_t to_row);
  void (*values_to_panel)(const float* const* rows, int64_t samples, int64_t first, int64_t count, uint32_t* to);
  /// The same of rows of bytes. The element after an odd last one is anything finite too.
  void (*bytes_to_lanes)(const uint8_t* const* rows, int64_t samples, int64_t first, int64_t count, const ByteMap& map, uint32_t* to,
                         int64_t to_row);
  void (*bytes_to_panel)(const uint8_t* const* rows, int64_t samples, int64_t first, int64_t count, const ByteMap& map, uint32_t* to);
  void (*round)(float* x, int64_t n);    ///< each to the nearest bf16
  const Bf16ConvKernels* convolutions;   ///< null where they are emulated by those of float32
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
