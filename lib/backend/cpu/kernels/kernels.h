// SPDX-License-Identifier: MIT
// The kernels of one instruction set as a table of functions on plain pointers. The same source (isa/*.h) is compiled
// once per instruction set, each time in a namespace of its own, and a table is chosen when the backend is made.
// All sums have a fixed order that depends on shapes only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "backend/formula/limits.h"

namespace nn::cpu {

/// c{m,n} (+)= a{m,k} b{k,n} + row_bias{m}. a has two strides, one of them 1; b's columns are contiguous; c has two
/// strides. With pieces, the sum goes on over a + a_piece, a + 2 a_piece, ... and the rows of b that follow. With
/// halves, of a panel at most, the second vector of columns lies that far from the first. With `taken`, in rising
/// order, only those rows of b are read, the others being 0: by fours (i is rows 4 i to 4 i + 3; the rest of k is
/// always read) where a_col is 1, else each.
struct Gemm {
  int64_t m, n, k;
  const float* a;
  int64_t a_row, a_col;
  const float* b;
  int64_t b_row;
  float* c;
  int64_t c_row, c_col = 1;
  bool add = false;
  const float* row_bias = nullptr;
  const float* column_bias = nullptr;  ///< as row_bias, where c_col is 1; read up to n
  bool relu = false;                   ///< of the result, where c_col is 1; a NaN stays
  int64_t pieces = 1, a_piece = 0;
  int64_t b_half = 0, c_half = 0;
  const int32_t* taken = nullptr;
  int64_t taken_count = 0;
  const float* ahead = nullptr;  ///< memory that is asked for meanwhile, some of it by each block of rows,
  int64_t ahead_block = 0;       ///< the first so many floats by the first
  bool b_padded = false;         ///< rows of b can be read up to a multiple of Kernels::panel columns
  float* scratch = nullptr;      ///< k * panel floats, not needed when b_padded or n is a multiple of panel
};

/// What a byte becomes: values[byte], which linear says to be the same bits as a kernel's byte * scale + (byte * rest +
/// shift).
struct ByteMap {
  const float* values;
  bool linear = false;
  float scale = 0, rest = 0, shift = 0;
  bool as_it_is() const { return linear && scale == 1 && rest == 0 && shift == 0; }
};

/// One window operation over planes {h,w} -> {oh,ow}.
struct Window {
  int64_t h, w, oh, ow, kernel_h, kernel_w, stride_h, stride_w, pad_top, pad_left;
  int64_t dilation_h = 1, dilation_w = 1;  ///< of im2col and col2im; pools have 1
};

using MapForward = void (*)(const float* x, float* y, int64_t n, const float* constants);
using MapBackward = void (*)(const float* x, const float* y, const float* dy, float* dx, int64_t n,
                             const float* constants);
/// Weights, their slots in the same places, and their gradients, by rows.
struct UpdateArrays {
  float *w, *slots[formula::max_slots];
  const float* g;
  int64_t row = 0, g_row = 0;
};
using Update = void (*)(const UpdateArrays&, const float* constants, int64_t rows, int64_t n);

struct MapEntry {
  const char* name;
  MapForward forward;
  MapBackward backward;
};
struct UpdateEntry {
  const char* name;
  Update update;
};

struct LanesKernels;  ///< lanes.h
struct BlockKernels;  ///< block_kernels.h
struct Bf16Kernels;   ///< bf16.h
struct RowKernels;    ///< rows.h

struct Kernels {
  const char* isa;
  int64_t lanes;  ///< floats in a vector
  int64_t panel;  ///< columns that gemm works on at once
  int64_t block;  ///< rows likewise
  void (*gemm)(const Gemm&);
  /// to{cols,rows} = from{rows,cols}, by row strides.
  void (*transpose)(const float* from, int64_t rows, int64_t cols, int64_t from_row, float* to, int64_t to_row);
  /// Lanes to{count,width} of rows{samples,count}, 0 beyond the samples, by strides of to_row.
  void (*rows_to_lanes)(const float* rows, int64_t samples, int64_t count, int64_t row, float* to, int64_t width,
                        int64_t to_row);
  /// Names the samples for which elements first.. to count of them, a panel at most, are not all 0; returns how many.
  int64_t (*lit_samples)(const uint8_t* const* rows, int64_t samples, int64_t first, int64_t count, int32_t* names);
  /// One or two vectors of lanes, to{count, panel}, of elements first.. of rows of bytes, a row a lane. With names: the
  /// fours of elements that are not all 0 are named, from `name` on, and returned is how many; others need not be
  /// written.
  int64_t (*bytes_to_lanes)(const uint8_t* const* rows, int64_t vectors, int64_t first, int64_t count,
                            const ByteMap& map, float* to, int32_t* names, int32_t name);
  /// A panel {samples, panel} of elements first.., 0 beyond count of them; with names only of those of the samples.
  void (*bytes_to_panel)(const uint8_t* const* rows, const int32_t* names, int64_t samples, int64_t first,
                         int64_t count, const ByteMap& map, float* to);
  /// The same of rows of floats: lanes, 0 beyond the samples, and a panel, in its last vector 0 beyond count elements.
  void (*values_to_lanes)(const float* const* rows, int64_t samples, int64_t first, int64_t count, float* to,
                          int64_t to_row);
  void (*values_to_panel)(const float* const* rows, int64_t samples, int64_t first, int64_t count, float* to);
  /// A panel {samples, panel} of rows{samples,count}, count <= panel; in its last vector 0 beyond them.
  void (*rows_to_panel)(const float* rows, int64_t samples, int64_t count, int64_t row, float* to);
  /// c{rows,count} = sum over samples of a{rows,width} b{count,width}, tile after tile, samples[t] in each: few rows.
  void (*lane_products)(const float* a, int64_t rows, int64_t a_tile, const float* b, int64_t count, int64_t b_tile,
                        int64_t width, const int64_t* samples, int64_t tiles, float* c, int64_t c_row);
  /// out{rows} (+)= sum over the samples of lanes x{rows,width}.
  void (*sum_over_lanes)(const float* x, int64_t rows, int64_t width, int64_t samples, bool add, float* out);
  /// Lanes y{rows,width}: relu(y) scale where the sample's word, in words{samples,rows} by strides of `row`, is
  /// threshold at least, else 0.
  void (*relu_drop)(const uint32_t* words, int64_t row, int64_t samples, uint32_t threshold, float scale, float* y,
                    int64_t rows, int64_t width);
  void (*relu_backward)(const float* y, const float* dy, float scale, float* dz,
                        int64_t n);  ///< dz = y > 0 ? scale dy : 0
  /// Softmax of each lane of x{count,width}, with its largest value and the sum of exp(x - largest).
  void (*softmax_lanes)(const float* x, int64_t count, int64_t width, float* p, float* largest, float* total);
  /// One plane of x to kernel_h*kernel_w rows of col, one column an output cell.
  void (*im2col)(const Window&, const float* plane, float* col, int64_t col_row);
  /// Adds the rows of col back to the plane.
  void (*col2im)(const Window&, const float* col, int64_t col_row, float* plane);
  /// Largest of each window of a plane and its place in the plane; index may be null.
  void (*max_pool)(const Window&, const float* plane, float* y, int32_t* index);
  void (*max_pool_backward)(const float* dy, const int32_t* index, int64_t outputs, float* dx, int64_t inputs);

  void (*add)(const float* a, const float* b, float* y, int64_t n);  ///< y = a + b
  void (*scale)(float* x, float factor, int64_t n);
  void (*clip)(float* x, float limit, int64_t n);                                 ///< a NaN stays
  void (*affine)(const float* x, float scale, float shift, float* y, int64_t n);  ///< y = scale x + shift
  void (*affine2)(const float* x, float a, const float* z, float b, float c, float* y, int64_t n);  ///< a x + b z + c
  double (*sum)(const float* x, int64_t n);
  double (*sum_squares)(const float* x, float center, int64_t n);          ///< sum (x - center)^2
  double (*dot)(const float* x, float center, const float* y, int64_t n);  ///< sum (x - center) y
  /// y = x above 0, else slope x; slopes: one for all, or n.
  void (*prelu)(const float* x, const float* slopes, bool one, float* y, int64_t n);
  void (*prelu_backward)(const float* x, const float* slopes, bool one, bool flat_at_zero, const float* dy, float* dx,
                         int64_t n);
  double (*dot_below)(const float* x, const float* y, int64_t n);  ///< sum of x y where x is not above 0
  /// sums[i] = sum over rows of x y where x is not above 0, x and y by strides of row.
  void (*products_below)(const float* x, const float* y, int64_t rows, int64_t row, float* sums, int64_t n);
  /// sums[i] = sum over rows of x y, both by strides of row.
  void (*products)(const float* x, const float* y, int64_t rows, int64_t row, float* sums, int64_t n);
  void (*multiply)(const float* a, const float* b, float* y, int64_t n);
  /// y = word >= threshold ? scale : 0.
  void (*keep)(const uint32_t* words, uint32_t threshold, float scale, float* y, int64_t n);
  void (*look_up)(const uint8_t* bytes, const float* values, float* y, int64_t n);  ///< y = values[byte]
  /// y = exp(x - shift) for n values; returns their sum.
  double (*exponentials)(const float* x, float shift, float* y, int64_t n);
  /// row[i] = sum over rows of x{rows, n}.
  void (*sum_rows)(const float* x, int64_t rows, int64_t x_row, float* row, int64_t n);

  const LanesKernels* in_lanes;  ///< tables of their own, of the same instruction set
  const BlockKernels* in_blocks;
  const Bf16Kernels* in_bf16;
  const RowKernels* in_rows;

  const MapEntry* maps;
  int map_count;
  const UpdateEntry* updates;
  int update_count;

  const MapEntry& map(std::string_view name) const;
  const UpdateEntry& update(std::string_view name) const;
};

/// The best table that this processor runs; NN_ISA=portable|avx2|avx512|avx512_bf16|avx512_amx forces one (UsageError
/// when it cannot run).
const Kernels& choose_kernels();
/// Every table that this processor runs, the best first; for tests.
std::vector<const Kernels*> usable_kernels();

}  // namespace nn::cpu
