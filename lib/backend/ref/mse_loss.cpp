// SPDX-License-Identifier: MIT
// Mean squared error over the elements of a sample.

#include "backend/ref/runners.h"

namespace nn::ref {

namespace {
template <class T>
class MseLossRunner final : public OpRunner<T> {
 public:
  explicit MseLossRunner(const Setup& setup) : batch_(setup.batch), count_(setup.in().count()) {}

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
  static double loss(double x, double target) { return (x - target) * (x - target); }
  static double slope(double x, double target) { return 2 * (x - target); }
  int64_t batch_, count_;
};
}  // namespace

template <class T>
Runner<T> make(const MseLoss&, const Setup& setup) {
  return std::make_unique<MseLossRunner<T>>(setup);
}
NN_REF_INSTANTIATE(MseLoss);

}  // namespace nn::ref
