// SPDX-License-Identifier: MIT
// The transforms of weights and of their gradient.
#pragma once

#include "backend/cpu/kernels/isa/winograd_axis.h"

namespace nn::cpu::NN_ISA {

inline void winograd_weights(const float* w, int64_t rows, int64_t width, float* points, int64_t stride) {
  for (int64_t r = 0; r < rows; ++r, w += 9 * width)
    for (int64_t c = 0; c < width; c += lanes) {
      V t[winograd_axis][3];
#pragma GCC unroll 3
      for (int j = 0; j < 3; ++j) {
        const V in[3] = {load(w + j * width + c), load(w + (3 + j) * width + c), load(w + (6 + j) * width + c)};
        V p[winograd_axis];
        weight_points(in, p);
#pragma GCC unroll 6
        for (int i = 0; i < winograd_axis; ++i) t[i][j] = p[i];
      }
#pragma GCC unroll 6
      for (int i = 0; i < winograd_axis; ++i) {
        V p[winograd_axis];
        weight_points(t[i], p);
#pragma GCC unroll 6
        for (int j = 0; j < winograd_axis; ++j) store(points + (i * winograd_axis + j) * stride + r * width + c, p[j]);
      }
    }
}

inline void winograd_weight_gradient(const float* points, int64_t stride, int64_t rows, int64_t width, float* dw) {
  for (int64_t r = 0; r < rows; ++r, dw += 9 * width)
    for (int64_t c = 0; c < width; c += lanes) {
      V t[3][winograd_axis];
#pragma GCC unroll 6
      for (int j = 0; j < winograd_axis; ++j) {
        V p[winograd_axis], out[3];
#pragma GCC unroll 6
        for (int i = 0; i < winograd_axis; ++i) p[i] = load(points + (i * winograd_axis + j) * stride + r * width + c);
        point_weights(p, out);
#pragma GCC unroll 3
        for (int i = 0; i < 3; ++i) t[i][j] = out[i];
      }
#pragma GCC unroll 3
      for (int i = 0; i < 3; ++i) {
        V out[3];
        point_weights(t[i], out);
#pragma GCC unroll 3
        for (int j = 0; j < 3; ++j) store(dw + (i * 3 + j) * width + c, out[j]);
      }
    }
}

inline void sum_columns(const float* parts, int64_t stride, int count, int64_t rows, int64_t width, int64_t column,
                        float* sum) {
  for (int64_t r = 0; r < rows; ++r) {
    const float* p = parts + r * width + column;
    V s = load(p);
    for (int i = 1; i < count; ++i) s += load(p + i * stride);
    store(sum + r * lanes, s);
  }
}

}  // namespace nn::cpu::NN_ISA
