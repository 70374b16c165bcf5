// SPDX-License-Identifier: MIT
// Mean squared error over the elements of a sample.
#include "backend/ref/element_loss.h"

namespace nn::ref {

namespace {
struct SquaredError {
  static double loss(double x, double target) { return (x - target) * (x - target); }
  static double slope(double x, double target) { return 2 * (x - target); }
};
}  // namespace

template <class T>
Runner<T> make(const MseLoss&, const Setup& setup) {
  return std::make_unique<ElementLossRunner<T, SquaredError>>(setup);
}
NN_REF_INSTANTIATE(MseLoss);

}  // namespace nn::ref
