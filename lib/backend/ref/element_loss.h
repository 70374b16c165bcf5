// SPDX-License-Identifier: MIT
// A loss that is a formula of each output element x0 and its target x1, mean over the elements of a sample.
// Formula: static double loss(x, target) and slope(x, target), its derivative in x.
#pragma once

#include "backend/ref/runners.h"

namespace nn::ref {

template <class T, class Formula>
class ElementLossRunner final : public OpRunner<T> {
 public:
  explicit ElementLossRunner(const Setup& setup) : batch_(setup.batch), count_(setup.in().count()) {}

  void forward(const OpData<T>& d) override {
    double total = 0;
    for (int64_t n = 0; n < batch_; ++n) {
      double sum = 0;
      for (int64_t i = n * count_; i < (n + 1) * count_; ++i)
        sum += Formula::loss(static_cast<double>(d.x[0][i]), static_cast<double>(d.x[1][i]));
      total += d.sample_loss[n] = sum / static_cast<double>(count_);
    }
    *d.loss = total / static_cast<double>(batch_);
  }

  void backward(const OpData<T>& d) override {
    if (!d.dx[0]) return;
    const double elements = static_cast<double>(batch_ * count_);
    for (int64_t i = 0; i < batch_ * count_; ++i)
      d.dx[0][i] +=
          static_cast<T>(Formula::slope(static_cast<double>(d.x[0][i]), static_cast<double>(d.x[1][i])) / elements);
  }

 private:
  int64_t batch_, count_;
};

}  // namespace nn::ref
