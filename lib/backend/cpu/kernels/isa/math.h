// SPDX-License-Identifier: MIT
// The policy that formula/maps.h and formula/updates.h ask for, on vectors. Polynomials after Cephes (S. Moshier,
// single precision) and, for erf, the rational approximation of Eigen; a few ulp. NaN in gives NaN out.
#pragma once

#include "backend/cpu/kernels/isa/vec.h"

namespace nn::cpu::NN_ISA {

inline V bits_to_float(I i) { return reinterpret_cast<V&>(i); }
inline I float_to_bits(V v) { return reinterpret_cast<I&>(v); }

#if defined(__AVX512F__)
inline V at_most(V x, float high) {
  return reinterpret_cast<V>(_mm512_min_ps(reinterpret_cast<__m512>(all(high)), reinterpret_cast<__m512>(x)));
}  // a NaN stays
#elif defined(__AVX2__)
inline V reciprocal_estimate(V x) { return reinterpret_cast<V>(_mm256_rcp_ps(reinterpret_cast<__m256>(x))); }
inline V at_most(V x, float high) {
  return reinterpret_cast<V>(_mm256_min_ps(reinterpret_cast<__m256>(all(high)), reinterpret_cast<__m256>(x)));
}
#endif

struct VecMath {
  using Value = V;
  using Mask = I;
  static V constant(double v) { return all(static_cast<float>(v)); }
  static V select(I mask, V yes, V no) { return mask ? yes : no; }
  static V abs(V x) { return bits_to_float(float_to_bits(x) & 0x7fffffff); }
#if defined(__AVX512F__)
  /// From the processor's estimate and a step of Newton's: an ulp, in a third of the square root's time. Infinity as
  /// the largest number.
  static V sqrt(V x) {
    const V inside = at_most(x, 3.40282347e38f);
    const __m512 some = reinterpret_cast<__m512>(inside);
    const V r =
        reinterpret_cast<V>(_mm512_maskz_rsqrt14_ps(_mm512_cmp_ps_mask(some, _mm512_setzero_ps(), _CMP_NEQ_UQ), some));
    const V y = inside * r, half = 0.5f * r;
    return y + y * (0.5f - y * half);
  }
#else
  static V sqrt(V x) {
    V y;
    for (int i = 0; i < lanes; ++i) y[i] = __builtin_sqrtf(x[i]);
    return y;
  }
#endif
#if defined(__AVX2__) && !defined(__AVX512F__)
  /// From the processor's estimate, a step of Newton's and what is left over: an ulp. The divider, busy with roots
  /// already, would take longer than all the rest of an optimizer. b > 0; infinity as the largest number.
  static V quotient(V a, V b) {
    const V inside = at_most(b, 3.40282347e38f);
    V r = reciprocal_estimate(inside);
    r = r * (2.0f - inside * r);
    const V q = a * r;
    return q + r * (a - inside * q);
  }
#else
  static V quotient(V a, V b) { return a / b; }
#endif
  /// 2^n for whole n within -252..254, in two factors so that neither leaves the exponent's range.
  static V times_power(V p, I n) {
    const I half = n >> 1, rest = n - half;
    return p * bits_to_float((half + 127) << 23) * bits_to_float((rest + 127) << 23);
  }
  /// n and r with x = n ln2 + r, |r| <= ln2 / 2.
  static V reduce(V x, I& n) {
    const V magic = all(12582912.0f);  // 1.5 * 2^23: adding it rounds to a whole number
    const V whole = (x * 1.44269504f + magic) - magic;
    n = __builtin_convertvector(whole, I);
    return (x - whole * 0.693359375f) - whole * -2.12194440e-4f;
  }
  static V clamp(V x, float low, float high) {
    x = x < low ? all(low) : x;
    return x > high ? all(high) : x;
  }
  static V exp(V x) {
    const V bounded = clamp(x, -104.0f, 89.0f);
    I n;
    const V r = reduce(x == x ? bounded : V{}, n);
    V p = all(1.9875691500e-4f);
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    const V y = times_power(p * (r * r) + r + 1.0f, n);
    return x == x ? y : x;
  }
  static V expm1(V x) {
    // Near 0 the series itself; beyond it nothing cancels in exp(x) - 1.
    V p = all(1.0f / 40320.0f);
    p = p * x + 1.0f / 5040.0f;
    p = p * x + 1.0f / 720.0f;
    p = p * x + 1.0f / 120.0f;
    p = p * x + 1.0f / 24.0f;
    p = p * x + 1.0f / 6.0f;
    p = p * x + 0.5f;
    const V near_zero = p * (x * x) + x;
    return abs(x) < 0.5f ? near_zero : exp(x) - 1.0f;
  }
  static V log(V x) {  // x >= 0.5, finite
    const I bits = float_to_bits(x);
    I e = ((bits >> 23) & 0xff) - 126;
    V m = bits_to_float((bits & 0x007fffff) | 0x3f000000);  // 0.5 <= m < 1
    const I low = m < 0.70710678f;
    e += low;  // true is -1
    m = low ? m + m : m;
    const V f = m - 1.0f, z = f * f;
    V p = all(7.0376836292e-2f);
    p = p * f - 1.1514610310e-1f;
    p = p * f + 1.1676998740e-1f;
    p = p * f - 1.2420140846e-1f;
    p = p * f + 1.4249322787e-1f;
    p = p * f - 1.6668057665e-1f;
    p = p * f + 2.0000714765e-1f;
    p = p * f - 2.4999993993e-1f;
    p = p * f + 3.3333331174e-1f;
    const V ef = __builtin_convertvector(e, V);
    V y = p * f * z + ef * -2.12194440e-4f;
    y = y - 0.5f * z;
    return (f + y) + ef * 0.693359375f;
  }
  static V log1p(V x) {  // of exp(-|x|), so 0 <= x <= 1; larger x are right as well
    const V u = x + 1.0f;
    const V lost = u - 1.0f;
    const V y = lost == 0.0f ? x : log(u) * (x / (lost == 0.0f ? all(1.0f) : lost));
    return x == x ? y : x;
  }
  static V tanh(V x) {
    const V e = expm1(clamp(2.0f * abs(x), 0.0f, 20.0f));
    const V t = e / (e + 2.0f);
    const V y = x < 0.0f ? -t : t;
    return x == x ? y : x;
  }
  static V sigmoid(V x) { return 1.0f / (1.0f + exp(-x)); }
  static V erf(V x) {
    const V c = clamp(x, -4.0f, 4.0f), s = c * c;
    V p = all(-2.72614225801306e-10f);
    p = p * s + 2.77068142495902e-08f;
    p = p * s - 2.10102402082508e-06f;
    p = p * s - 5.69250639462346e-05f;
    p = p * s - 7.34990630326855e-04f;
    p = p * s - 2.95459980854025e-03f;
    p = p * s - 1.60960333262415e-02f;
    V q = all(-1.45660718464996e-05f);
    q = q * s - 2.13374055278905e-04f;
    q = q * s - 1.68282697438203e-03f;
    q = q * s - 7.37332916720468e-03f;
    q = q * s - 1.42647390514189e-02f;
    return c * p / q;
  }
};

}  // namespace nn::cpu::NN_ISA
