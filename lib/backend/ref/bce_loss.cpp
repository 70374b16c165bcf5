// SPDX-License-Identifier: MIT
// Binary cross-entropy of logits, max(x,0) - x t + log(1 + exp(-|x|)), mean over the elements of a sample.
#include <algorithm>
#include <cmath>

#include "backend/ref/element_loss.h"

namespace nn::ref {

namespace {
struct Bce {
  static double loss(double x, double target) {
    return std::max(x, 0.0) - x * target + std::log1p(std::exp(-std::abs(x)));
  }
  static double slope(double x, double target) { return 1 / (1 + std::exp(-x)) - target; }
};
}  // namespace

template <class T>
Runner<T> make(const BceLoss&, const Setup& setup) {
  return std::make_unique<ElementLossRunner<T, Bce>>(setup);
}
NN_REF_INSTANTIATE(BceLoss);

}  // namespace nn::ref
