// SPDX-License-Identifier: MIT
// The policy that formula/maps.h and formula/updates.h are instantiated with on a device: float, CUDA's own functions
// (expf, logf, tanhf within 1 to 2 units in the last place; root and quotient correctly rounded).
#pragma once

#include <cmath>

#include "backend/cuda/language.h"

namespace nn::cuda {

struct DeviceMath {
  using Value = float;
  using Mask = bool;
  static NN_HD float constant(double v) { return static_cast<float>(v); }
  static NN_HD float select(bool mask, float yes, float no) { return mask ? yes : no; }
  static NN_HD float exp(float x) { return ::expf(x); }
  static NN_HD float expm1(float x) { return ::expm1f(x); }
  static NN_HD float log1p(float x) { return ::log1pf(x); }
  static NN_HD float tanh(float x) { return ::tanhf(x); }
  static NN_HD float erf(float x) { return ::erff(x); }
  static NN_HD float sqrt(float x) { return ::sqrtf(x); }
  static NN_HD float quotient(float a, float b) { return a / b; }
  static NN_HD float abs(float x) { return ::fabsf(x); }
  static NN_HD float sigmoid(float x) { return 1.0f / (1.0f + ::expf(-x)); }
};

}  // namespace nn::cuda
