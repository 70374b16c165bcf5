// SPDX-License-Identifier: MIT
// Layer normalisation: each sample by its own mean and biased variance, then weight and bias per element.
#include <cmath>
#include <vector>

#include "backend/ref/runners.h"

namespace nn::ref {

namespace {
template <class T>
class LayerNormRunner final : public OpRunner<T> {
 public:
  LayerNormRunner(const LayerNorm& op, const Setup& setup)
      : epsilon_(op.epsilon),
        batch_(setup.batch),
        count_(setup.in().count()),
        mean_(static_cast<size_t>(batch_)),
        scale_(static_cast<size_t>(batch_)) {}
  size_t bytes() const override { return 2 * mean_.size() * sizeof(double); }

  void forward(const OpData<T>& d) override {
    for (int64_t n = 0; n < batch_; ++n) {
      const T* x = d.x[0] + n * count_;
      double sum = 0, squares = 0;
      for (int64_t i = 0; i < count_; ++i) sum += static_cast<double>(x[i]);
      const double mean = sum / static_cast<double>(count_);
      for (int64_t i = 0; i < count_; ++i) {
        const double from_mean = static_cast<double>(x[i]) - mean;
        squares += from_mean * from_mean;
      }
      mean_[static_cast<size_t>(n)] = mean;
      const double scale = scale_[static_cast<size_t>(n)] =
          1 / std::sqrt(squares / static_cast<double>(count_) + epsilon_);
      for (int64_t i = 0; i < count_; ++i)
        d.y[n * count_ + i] =
            static_cast<T>((static_cast<double>(x[i]) - mean) * scale * static_cast<double>(d.param[0][i]) +
                           static_cast<double>(d.param[1][i]));
    }
  }

  void backward(const OpData<T>& d) override {
    if (d.dx[0])
      for (int64_t n = 0; n < batch_; ++n) input_gradient(d, n);
    for (int64_t i = 0; i < count_; ++i) {
      double sum = 0, dot = 0;
      for (int64_t n = 0; n < batch_; ++n) {
        sum += static_cast<double>(d.dy[n * count_ + i]);
        dot += static_cast<double>(d.dy[n * count_ + i]) * normalised(d, n, i);
      }
      if (d.dparam[0]) d.dparam[0][i] += static_cast<T>(dot);
      if (d.dparam[1]) d.dparam[1][i] += static_cast<T>(sum);
    }
  }

 private:
  double normalised(const OpData<T>& d, int64_t n, int64_t i) const {
    return (static_cast<double>(d.x[0][n * count_ + i]) - mean_[static_cast<size_t>(n)]) *
           scale_[static_cast<size_t>(n)];
  }
  void input_gradient(const OpData<T>& d, int64_t n) const {
    double sum = 0, dot = 0;
    for (int64_t i = 0; i < count_; ++i) {
      const double g = static_cast<double>(d.dy[n * count_ + i]) * static_cast<double>(d.param[0][i]);
      sum += g;
      dot += g * normalised(d, n, i);
    }
    const double count = static_cast<double>(count_), scale = scale_[static_cast<size_t>(n)];
    for (int64_t i = 0; i < count_; ++i) {
      const double g = static_cast<double>(d.dy[n * count_ + i]) * static_cast<double>(d.param[0][i]);
      d.dx[0][n * count_ + i] += static_cast<T>(scale * (g - sum / count - normalised(d, n, i) * dot / count));
    }
  }

  double epsilon_;
  int64_t batch_, count_;
  std::vector<double> mean_, scale_;
};
}  // namespace

template <class T>
Runner<T> make(const LayerNorm& op, const Setup& setup) {
  return std::make_unique<LayerNormRunner<T>>(op, setup);
}
NN_REF_INSTANTIATE(LayerNorm);

}  // namespace nn::ref
