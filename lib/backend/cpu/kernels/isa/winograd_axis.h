// SPDX-License-Identifier: MIT
// Winograd's F(4x4, 3x3) in float (Lavin, Gray 2015) along one axis, a vector of channels at a time. The backward pass
// is the exact transpose of the forward: D = A dy A^T serves both dx = B (U^T D) B^T, overlapping tiles added, and dw =
// G^T (V^T D) G.
//
// A tile of n outputs uses the first n + 2 of the points p = 0, 1, -1, infinity, 2, -2. Row p of
//   B^T  is the product of (x - q) over the other finite points q, times the (p - q) of the points that a short tile
//        misses, so that G is the same for every n; for infinity the product over all finite points of the tile;
//   A^T  has p^0, p^1, ...; infinity gives 1 to the last output alone;
//   G    is (1, p, p^2) over the product of (p - q) over all other finite points; (0, 0, 1) for infinity.
#pragma once

#include "backend/cpu/kernels/block_kernels.h"
#include "backend/cpu/kernels/isa/vec.h"

namespace nn::cpu::NN_ISA {

/// The four transforms of one axis for n outputs: x[n + 2] inputs, p[n + 2] points, y[n] outputs.
template <int n>
struct Axis;

template <>
struct Axis<4> {
  static void input(const V* x, V* p) {  // B^T
    const V even = x[4] - 4.f * x[2], odd = x[3] - 4.f * x[1], far = x[4] - x[2], twice = 2.f * (x[3] - x[1]);
    p[0] = 4.f * x[0] + (x[4] - 5.f * x[2]);
    p[1] = even + odd;
    p[2] = even - odd;
    p[3] = 4.f * x[1] + (x[5] - 5.f * x[3]);
    p[4] = far + twice;
    p[5] = far - twice;
  }
  static void output(const V* p, V* y) {  // A^T
    const V sum1 = p[1] + p[2], off1 = p[1] - p[2], sum2 = p[4] + p[5], off2 = p[4] - p[5];
    y[0] = p[0] + sum1 + sum2;
    y[1] = 2.f * off2 + off1;
    y[2] = 4.f * sum2 + sum1;
    y[3] = 8.f * off2 + (off1 + p[3]);
  }
  static void gradient(const V* y, V* p) {  // A
    const V even = y[0] + y[2], odd = y[1] + y[3], even2 = 4.f * y[2] + y[0], odd2 = 2.f * (4.f * y[3] + y[1]);
    p[0] = y[0];
    p[1] = even + odd;
    p[2] = even - odd;
    p[3] = y[3];
    p[4] = even2 + odd2;
    p[5] = even2 - odd2;
  }
  static void input_gradient(const V* p, V* x) {  // B
    const V sum1 = p[1] + p[2], off1 = p[1] - p[2], sum2 = p[4] + p[5], twice = 2.f * (p[4] - p[5]);
    x[0] = 4.f * p[0];
    x[1] = 4.f * (p[3] - off1) - twice;
    x[2] = -5.f * p[0] - (4.f * sum1 + sum2);
    x[3] = twice + (off1 - 5.f * p[3]);
    x[4] = p[0] + sum1 + sum2;
    x[5] = p[3];
  }
};

template <>
struct Axis<3> {
  static void input(const V* x, V* p) {
    const V twice = 2.f * (x[3] - x[1]);
    p[0] = 4.f * (x[0] - x[2]) + twice;
    p[1] = 3.f * (x[3] - x[2]) - 6.f * x[1];
    p[2] = 2.f * x[1] + (x[3] - 3.f * x[2]);
    p[3] = (x[4] - x[2]) - twice;
    p[4] = 2.f * twice;
  }
  static void output(const V* p, V* y) {
    const V sum = p[1] + p[2], off = p[1] - p[2];
    y[0] = p[0] + sum + p[4];
    y[1] = 2.f * p[4] + off;
    y[2] = 4.f * p[4] + (sum + p[3]);
  }
  static void gradient(const V* y, V* p) {
    const V even = y[0] + y[2];
    p[0] = y[0];
    p[1] = even + y[1];
    p[2] = even - y[1];
    p[3] = y[2];
    p[4] = 4.f * y[2] + (2.f * y[1] + y[0]);
  }
  static void input_gradient(const V* p, V* x) {
    x[0] = 4.f * p[0];
    x[1] = 2.f * (p[2] + p[3] - p[0]) - 6.f * p[1] - 4.f * p[4];
    x[2] = -4.f * p[0] - 3.f * (p[1] + p[2]) - p[3];
    x[3] = 2.f * (p[0] - p[3]) + 3.f * p[1] + p[2] + 4.f * p[4];
    x[4] = p[3];
  }
};

template <>
struct Axis<2> {
  static void input(const V* x, V* p) {
    p[0] = 4.f * (x[0] - x[2]);
    p[1] = -3.f * (x[1] + x[2]);
    p[2] = 3.f * (x[1] - x[2]);
    p[3] = x[3] - x[1];
  }
  static void output(const V* p, V* y) {
    y[0] = p[0] + p[1] + p[2];
    y[1] = p[1] - p[2] + p[3];
  }
  static void gradient(const V* y, V* p) {
    p[0] = y[0];
    p[1] = y[0] + y[1];
    p[2] = y[0] - y[1];
    p[3] = y[1];
  }
  static void input_gradient(const V* p, V* x) {
    x[0] = 4.f * p[0];
    x[1] = 3.f * (p[2] - p[1]) - p[3];
    x[2] = -4.f * p[0] - 3.f * (p[1] + p[2]);
    x[3] = p[3];
  }
};

/// G and G^T.
inline void weight_points(const V* w, V* p) {
  const V ends = w[0] + w[2], far = (1 / 24.f) * w[0] + (1 / 6.f) * w[2], middle = (1 / 12.f) * w[1];
  p[0] = .25f * w[0];
  p[1] = (-1 / 6.f) * (ends + w[1]);
  p[2] = (-1 / 6.f) * (ends - w[1]);
  p[3] = w[2];
  p[4] = far + middle;
  p[5] = far - middle;
}
inline void point_weights(const V* p, V* w) {
  const V sum1 = (1 / 6.f) * (p[1] + p[2]), off1 = (1 / 6.f) * (p[1] - p[2]), sum2 = p[4] + p[5], off2 = p[4] - p[5];
  w[0] = .25f * p[0] - sum1 + (1 / 24.f) * sum2;
  w[1] = (1 / 12.f) * off2 - off1;
  w[2] = (1 / 6.f) * sum2 - sum1 + p[3];
}

}  // namespace nn::cpu::NN_ISA
