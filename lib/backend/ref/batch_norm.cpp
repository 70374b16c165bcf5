// SPDX-License-Identifier: MIT
// Batch normalisation over batch and space per channel. Training: with the biased variance of the batch, and the
// running statistics follow; otherwise with the running statistics. Both directions in double.
#include <cmath>
#include <vector>

#include "backend/ref/runners.h"

namespace nn::ref {

namespace {
template <class T>
class BatchNormRunner final : public OpRunner<T> {
 public:
  BatchNormRunner(const BatchNorm& op, const Setup& setup)
      : op_(op),
        batch_(setup.batch),
        space_(setup.in().count() / op.channels),
        training_(setup.training && !op.at_rest),
        mean_(static_cast<size_t>(op.channels)),
        scale_(static_cast<size_t>(op.channels)) {}
  size_t bytes() const override { return 2 * mean_.size() * sizeof(double); }

  void forward(const OpData<T>& d) override {
    for (int64_t c = 0; c < op_.channels; ++c) {
      const size_t k = static_cast<size_t>(c);
      double variance;
      if (training_) {
        variance = batch_statistics(d, c);
      } else {
        mean_[k] = static_cast<double>(d.param[2][c]);
        variance = static_cast<double>(d.param[3][c]);
      }
      scale_[k] = 1 / std::sqrt(variance + op_.epsilon);
      const double weight = static_cast<double>(d.param[0][c]), bias = static_cast<double>(d.param[1][c]);
      each(c, [&](int64_t i) {
        d.y[i] = static_cast<T>((static_cast<double>(d.x[0][i]) - mean_[k]) * scale_[k] * weight + bias);
      });
    }
  }

  void backward(const OpData<T>& d) override {
    for (int64_t c = 0; c < op_.channels; ++c) {
      const size_t k = static_cast<size_t>(c);
      double sum = 0, dot = 0;  // of dy, and of dy with the normalised x
      each(c, [&](int64_t i) {
        const double dy = static_cast<double>(d.dy[i]);
        sum += dy;
        dot += dy * (static_cast<double>(d.x[0][i]) - mean_[k]) * scale_[k];
      });
      if (d.dparam[0]) d.dparam[0][c] += static_cast<T>(dot);
      if (d.dparam[1]) d.dparam[1][c] += static_cast<T>(sum);
      if (!d.dx[0]) continue;
      const double n = static_cast<double>(batch_ * space_), factor = static_cast<double>(d.param[0][c]) * scale_[k];
      const double mean_dy = training_ ? sum / n : 0, slope = training_ ? dot / n : 0;
      each(c, [&](int64_t i) {
        const double normalised = (static_cast<double>(d.x[0][i]) - mean_[k]) * scale_[k];
        d.dx[0][i] += static_cast<T>(factor * (static_cast<double>(d.dy[i]) - mean_dy - normalised * slope));
      });
    }
  }

 private:
  template <class Visit>
  void each(int64_t c, Visit&& visit) const {
    for (int64_t n = 0; n < batch_; ++n)
      for (int64_t i = 0; i < space_; ++i) visit((n * op_.channels + c) * space_ + i);
  }

  /// Sets mean_, moves the running statistics, returns the biased variance.
  double batch_statistics(const OpData<T>& d, int64_t c) {
    const double n = static_cast<double>(batch_ * space_);
    double sum = 0, squares = 0;
    each(c, [&](int64_t i) { sum += static_cast<double>(d.x[0][i]); });
    const double mean = mean_[static_cast<size_t>(c)] = sum / n;
    each(c, [&](int64_t i) {
      const double from_mean = static_cast<double>(d.x[0][i]) - mean;
      squares += from_mean * from_mean;
    });
    const double variance = squares / n;
    // A single value has no unbiased variance; torch refuses the batch, here it counts as 0.
    const double shown = op_.unbiased_running && n > 1 ? squares / (n - 1) : variance;
    follow(d.param[2][c], mean);
    follow(d.param[3][c], shown);
    return variance;
  }
  void follow(T& running, double value) const {
    running = static_cast<T>((1 - op_.momentum) * static_cast<double>(running) + op_.momentum * value);
  }

  BatchNorm op_;
  int64_t batch_, space_;
  bool training_;
  std::vector<double> mean_, scale_;  // scale_: 1/sqrt(variance + epsilon)
};
}  // namespace

template <class T>
Runner<T> make(const BatchNorm& op, const Setup& setup) {
  return std::make_unique<BatchNormRunner<T>>(op, setup);
}
NN_REF_INSTANTIATE(BatchNorm);

}  // namespace nn::ref
