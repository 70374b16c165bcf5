// SPDX-License-Identifier: MIT
// The functions that formulas call, as a policy: maps.h and updates.h are written for a pair <T, M>, T a number or a
// vector of numbers, M the functions on it. Math<T> here is libm for float and double. A backend with polynomials of
// its own passes a policy of its own with the same members; if that policy lies in a namespace of one instruction set,
// so does every instantiation, and the linker cannot mix them (Math<float> in files of different -m options could).
//
// Wanted of a policy: relative error about 1e-7 in float, NaN in gives NaN out.
#pragma once

#include <cmath>

namespace nn::formula {

template <class T>
struct Math {
  using Value = T;
  using Mask = bool;  ///< what a comparison of two T gives
  static T constant(double v) { return static_cast<T>(v); }
  static T select(bool mask, T yes, T no) { return mask ? yes : no; }
  static T exp(T x) { return std::exp(x); }
  static T expm1(T x) { return std::expm1(x); }
  static T log1p(T x) { return std::log1p(x); }
  static T tanh(T x) { return std::tanh(x); }
  static T erf(T x) { return std::erf(x); }
  static T sqrt(T x) { return std::sqrt(x); }
  static T quotient(T a, T b) { return a / b; }  ///< b > 0
  static T abs(T x) { return std::fabs(x); }
  static T sigmoid(T x) { return T(1) / (T(1) + std::exp(-x)); }
};

/// x, or the limit where x lies beyond it; a NaN stays.
template <class M, class T>
constexpr T at_least(T x, T limit) {
  return M::select(x < limit, limit, x);
}
template <class M, class T>
constexpr T at_most(T x, T limit) {
  return M::select(x > limit, limit, x);
}

}  // namespace nn::formula
