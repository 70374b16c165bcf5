// SPDX-License-Identifier: MIT
// Toom-Cook F(4,5) in one dimension: four outputs of a kernel of five taps by eight products, at the points 0, 1, -1,
// 2, -2, 1/2, -1/2 and infinity (Winograd, Arithmetic Complexity of Computations, 1980; Lavin and Gray, 2016). With X =
// B^T x of eight inputs and W = G w of the taps, y = A^T (X W). The transposes give the gradients: of the inputs B (W
// (A dy)), of the taps G^T sum (X (A dy)).
#pragma once

#include "backend/cpu/kernels/isa/lanes_after.h"

namespace nn::cpu::NN_ISA::toom {

constexpr int points = 8, outputs = 4, taps = 5;
constexpr int inputs = outputs + taps - 1;
static_assert(inputs == points);

/// G: row p is the kernel's polynomial at point p, scaled so that B has small integers and few factors.
static const float kernel_matrix[points][taps] = {{1, 0, 0, 0, 0},
                                                  {-2 / 9.0f, -2 / 9.0f, -2 / 9.0f, -2 / 9.0f, -2 / 9.0f},
                                                  {-2 / 9.0f, 2 / 9.0f, -2 / 9.0f, 2 / 9.0f, -2 / 9.0f},
                                                  {1 / 360.0f, 2 / 360.0f, 4 / 360.0f, 8 / 360.0f, 16 / 360.0f},
                                                  {1 / 360.0f, -2 / 360.0f, 4 / 360.0f, -8 / 360.0f, 16 / 360.0f},
                                                  {16 / 45.0f, 8 / 45.0f, 4 / 45.0f, 2 / 45.0f, 1 / 45.0f},
                                                  {16 / 45.0f, -8 / 45.0f, 4 / 45.0f, -2 / 45.0f, 1 / 45.0f},
                                                  {0, 0, 0, 0, 1}};

/// B^T.
inline void input(const V (&x)[inputs], V (&t)[points]) {
  t[0] = 5.25f * (x[4] - x[2]) + (x[0] - x[6]);
  t[7] = 5.25f * (x[3] - x[5]) + (x[7] - x[1]);
  V even = (x[2] + x[6]) - 4.25f * x[4], odd = (x[1] + x[5]) - 4.25f * x[3];
  t[1] = even + odd;
  t[2] = even - odd;
  even = 4.0f * x[6] + (x[2] - 5.0f * x[4]);
  odd = 4.0f * x[5] + (x[1] - 5.0f * x[3]);
  t[3] = even + 2.0f * odd;
  t[4] = even - 2.0f * odd;
  even = 4.0f * x[2] + (x[6] - 5.0f * x[4]);
  odd = 4.0f * x[1] + (x[5] - 5.0f * x[3]);
  t[5] = 2.0f * even + odd;
  t[6] = 2.0f * even - odd;
}

/// B.
inline void input_gradient(const V (&t)[points], V (&x)[inputs]) {
  const V s1 = t[1] + t[2], d1 = t[1] - t[2], s3 = t[3] + t[4], d3 = t[3] - t[4], s5 = t[5] + t[6], d5 = t[5] - t[6];
  x[0] = t[0];
  x[1] = 4.0f * d5 + (2.0f * d3 + d1) - t[7];
  x[2] = (8.0f * s5 + (s1 + s3)) - 5.25f * t[0];
  x[3] = 5.25f * t[7] - 4.25f * d1 - 10.0f * d3 - 5.0f * d5;
  x[4] = 5.25f * t[0] - 4.25f * s1 - 5.0f * s3 - 10.0f * s5;
  x[5] = (8.0f * d3 + d1 + d5) - 5.25f * t[7];
  x[6] = 2.0f * s5 + (4.0f * s3 + s1) - t[0];
  x[7] = t[7];
}

/// A^T.
inline void output(const V (&m)[points], V (&y)[outputs]) {
  const V s1 = m[1] + m[2], d1 = m[1] - m[2], s3 = m[3] + m[4], d3 = m[3] - m[4], s5 = m[5] + m[6], d5 = m[5] - m[6];
  y[0] = (m[0] + s1) + (s3 + s5);
  y[1] = 0.5f * d5 + (2.0f * d3 + d1);
  y[2] = 0.25f * s5 + (4.0f * s3 + s1);
  y[3] = 0.125f * d5 + (8.0f * d3 + (d1 + m[7]));
}

/// A.
inline void output_gradient(const V (&y)[outputs], V (&t)[points]) {
  t[0] = y[0];
  V even = y[0] + y[2], odd = y[1] + y[3];
  t[1] = even + odd;
  t[2] = even - odd;
  even = 4.0f * y[2] + y[0];
  odd = 4.0f * y[3] + y[1];
  t[3] = even + 2.0f * odd;
  t[4] = even - 2.0f * odd;
  even = 0.25f * y[2] + y[0];
  odd = 0.25f * y[3] + y[1];
  t[5] = even + 0.5f * odd;
  t[6] = even - 0.5f * odd;
  t[7] = y[3];
}

/// The same a row at a time: p^0 to p^3 at point p; infinity takes the last output alone.
constexpr float output_rows[points][outputs] = {
    {1, 0, 0, 0},   {1, 1, 1, 1},          {1, -1, 1, -1},          {1, 2, 4, 8},
    {1, -2, 4, -8}, {1, .5f, .25f, .125f}, {1, -.5f, .25f, -.125f}, {0, 0, 0, 1}};

/// Where a kernel lies on zeros only, beside others that do not, rounding leaves something of sums that cancel; direct
/// sums give 0. It matters at a relu's kink: without a bias, which all layers of Keras are in their first step.
inline bool kink_at_zero(const LanesAfter& after, int64_t o) { return !after.bias || after.bias[o] == 0; }

inline V magnitude(V v) { return larger(v, -v); }
template <int n>
inline V largest(const V (&sums)[n]) {
  V most{};
#pragma GCC unroll 8
  for (int i = 0; i < n; ++i) most = larger(magnitude(sums[i]), most);
  return most;
}
/// Makes 0 of what is no more than rounding of sums as large as `most`. A NaN stays.
inline void clear_noise(V (&out)[outputs], V most) {
  const V noise = most * 0x1p-20f;
#pragma GCC unroll 4
  for (int i = 0; i < outputs; ++i) out[i] = chosen(not_above(magnitude(out[i]), noise), out[i], V{});
}

}  // namespace nn::cpu::NN_ISA::toom
