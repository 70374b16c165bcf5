// SPDX-License-Identifier: MIT
// Binary cross-entropy of logits, max(x,0) - x t + log(1 + exp(-|x|)), mean over the elements of a sample.
#include <algorithm>
#include <cmath>

#include "backend/ref/runners.h"

namespace nn::ref {

namespace {
template <class T>
class BceLossRunner final : public OpRunner<T> {
 public:
  explicit BceLossRunner(const Setup& setup) : batch_(setup.batch), count_(setup.in().count()) {}

  void forward(const OpData<T>& d) override {
    double total = 0;
    for (int64_t n = 0; n < batch_; ++n) {
      double sum = 0;
      for (int64_t i = n * count_; i < (n + 1) * count_; ++i)
        sum += loss(static_cast<double>(d.x[0][i]), static_cast<double>(d.targets[i]));
      total += d.sample_loss[n] = sum / static_cast<double>(count_);
    }
    *d.loss = total / static_cast<double>(batch_);
  }

  void backward(const OpData<T>& d) override {
    if (!d.dx[0]) return;
    const double elements = static_cast<double>(batch_ * count_);
    for (int64_t i = 0; i < batch_ * count_; ++i)
      d.dx[0][i] += static_cast<T>(slope(static_cast<double>(d.x[0][i]), static_cast<double>(d.targets[i])) / elements);
  }

 private:
  static double loss(double x, double target) { return std::max(x, 0.0) - x * target + std::log1p(std::exp(-std::abs(x))); }
  static double slope(double x, double target) { return 1 / (1 + std::exp(-x)) - target; }
  int64_t batch_, count_;
};
}  // namespace

template <class T>
Runner<T> make(const BceLoss&, const Setup& setup) {
  return std::make_unique<BceLossRunner<T>>(setup);
}
NN_REF_INSTANTIATE(BceLoss);

}  // namespace nn::ref
