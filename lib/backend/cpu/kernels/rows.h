// SPDX-License-Identifier: MIT
// Kernels of rows as documents are made of: normalisation, softmax of scores. Each row by itself: its bits do not
// depend on which rows are done with it.
#pragma once

#include <cstdint>

namespace nn::cpu {

struct RowKernels {
  /// y = (x - mean) scale weight + bias of each of rows{rows,n}; mean and scale = 1 / sqrt(variance + epsilon) of each.
  void (*norm)(const float* x, int64_t rows, int64_t n, double epsilon, const float* weight, const float* bias,
               float* y, float* mean, float* scale);
  void (*norm_backward)(const float* x, const float* dy, int64_t rows, int64_t n, const float* weight,
                        const float* mean, const float* scale, float* dx);
  /// dot{n} = sum over rows, in their order, of dy (x - mean) scale; sum{n} likewise of dy; x and dy by strides of row.
  void (*norm_sums)(const float* x, const float* dy, int64_t rows, int64_t row, const float* mean, const float* scale,
                    float* dot, float* sum, int64_t n);
  /// In place: x = softmax(factor x + bias) of each of x{rows,n}, by strides of `row`. bias: {n} of the first row, null
  /// for none; that of each next row begins one float before.
  void (*softmax)(float* x, int64_t rows, int64_t n, int64_t row, float factor, const float* bias);
  /// In place: d = y (d - sum y d) of each of y and d {rows,n}, by strides of row.
  void (*softmax_backward)(const float* y, float* d, int64_t rows, int64_t n, int64_t row);
};

}  // namespace nn::cpu
