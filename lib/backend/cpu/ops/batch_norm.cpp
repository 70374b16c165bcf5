// SPDX-License-Identifier: MIT
// Batch normalisation. Each tile takes mean and squared deviations of its samples in two passes over what is in its
// cache; the tiles are joined in order (Chan, Golub, LeVeque 1983), by every tile for itself.
#include <cmath>

#include "backend/cpu/plan/pattern.h"

namespace nn::cpu {
namespace {

class BatchNormStep final : public Step {
 public:
  explicit BatchNormStep(StepData data)
      : Step(std::move(data)),
        op_(d.as<BatchNorm>()),
        space_(d.in().count() / op_.channels),
        first_(d.array<double>(d.tiles * op_.channels)),
        second_(d.array<double>(first_.size())),
        mean_(d.array<double>(first_.size())),
        scale_(d.array<double>(first_.size())) {}

  int forward_phases() const override { return d.training ? 2 : 1; }
  int backward_phases() const override { return 2; }

  void forward(int phase, const Tile& t) override {
    if (d.training && phase == 0) return statistics(t);
    for (int64_t c = 0; c < op_.channels; ++c) {
      double mean, variance;
      if (d.training)
        join(t, c, mean, variance);
      else
        mean = static_cast<double>(d.weight(2)[c]), variance = static_cast<double>(d.weight(3)[c]);
      const double scale = 1 / std::sqrt(variance + op_.epsilon);
      mean_[t.index * op_.channels + c] = mean;
      scale_[t.index * op_.channels + c] = scale;
      const double factor = scale * static_cast<double>(d.weight(0)[c]);
      const double shift = static_cast<double>(d.weight(1)[c]) - mean * factor;
      each(t, c, [&](int64_t i) {
        d.kernels.affine(d.x[0] + i, static_cast<float>(factor), static_cast<float>(shift), d.y + i, space_);
      });
    }
  }

  void backward(int phase, const Tile& t) override {
    for (int64_t c = 0; c < op_.channels; ++c) {
      const int64_t mine = t.index * op_.channels + c;
      // An empty tile has not seen the statistics; tile 0 has them wherever there is a sample at all.
      const double mean = mean_[mine], scale = scale_[mine];
      if (phase == 0) {
        double sum = 0, dot = 0;
        each(t, c, [&](int64_t i) {
          sum += d.kernels.sum(d.dy + i, space_);
          dot += d.kernels.dot(d.x[0] + i, static_cast<float>(mean), d.dy + i, space_);
        });
        first_[mine] = sum;
        second_[mine] = dot * scale;
      } else {
        input_gradient(t, c, mean, scale);
      }
    }
  }

  size_t bytes() const override { return 4 * first_.bytes(); }
  std::string kernel() const override { return "two passes"; }

 private:
  template <class Visit>
  void each(const Tile& t, int64_t c, Visit visit) const {
    for (int64_t n = t.begin; n < t.end; ++n) visit((n * op_.channels + c) * space_);
  }

  void statistics(const Tile& t) {
    const double n = static_cast<double>(t.samples() * space_);
    for (int64_t c = 0; c < op_.channels; ++c) {
      double sum = 0, squares = 0;
      each(t, c, [&](int64_t i) { sum += d.kernels.sum(d.x[0] + i, space_); });
      const double mean = n > 0 ? sum / n : 0;
      const float center = static_cast<float>(mean);
      each(t, c, [&](int64_t i) { squares += d.kernels.sum_squares(d.x[0] + i, center, space_); });
      const double off = mean - static_cast<double>(center);
      first_[t.index * op_.channels + c] = mean;
      second_[t.index * op_.channels + c] = squares - n * off * off;
    }
  }

  /// Mean and biased variance of the batch; tile 0 moves the running ones.
  void join(const Tile& t, int64_t c, double& mean, double& variance) {
    double count = 0, squares = 0;
    mean = 0;
    for (int i = 0; i < t.count; ++i) {
      const auto [begin, end] = part_of(d.batch, i, t.count);
      const double n = static_cast<double>((end - begin) * space_);
      if (n == 0) continue;
      const double delta = first_[i * op_.channels + c] - mean;
      mean += delta * n / (count + n);
      squares += second_[i * op_.channels + c] + delta * delta * count * n / (count + n);
      count += n;
    }
    variance = squares / count;
    if (t.index != 0) return;
    follow(2, c, mean);
    follow(3, c, op_.unbiased_running && count > 1 ? squares / (count - 1) : variance);
  }
  void follow(size_t param, int64_t c, double value) {
    float& running = d.memory.values(d.op().params[param])[c];
    running = static_cast<float>((1 - op_.momentum) * static_cast<double>(running) + op_.momentum * value);
  }

  void input_gradient(const Tile& t, int64_t c, double mean, double scale) {
    double sum = 0, dot = 0;
    for (int i = 0; i < t.count; ++i) {
      sum += first_[i * op_.channels + c];
      dot += second_[i * op_.channels + c];
    }
    if (t.index == 0) {
      if (float* g = d.gradient(0)) g[c] = static_cast<float>(dot);
      if (float* g = d.gradient(1)) g[c] = static_cast<float>(sum);
    }
    if (!d.dx[0]) return;
    const double n = static_cast<double>(d.batch * space_), factor = static_cast<double>(d.weight(0)[c]) * scale;
    // factor (dy - sum/n - (x - mean) scale dot/n)
    const double slope = -factor * scale * dot / n, shift = -factor * sum / n - slope * mean;
    each(t, c, [&](int64_t i) {
      d.kernels.affine2(d.dy + i, static_cast<float>(factor), d.x[0] + i, static_cast<float>(slope),
                        static_cast<float>(shift), d.dx[0] + i, space_);
    });
  }

  BatchNorm op_;
  int64_t space_;
  Aligned<double> first_, second_;  // {tile, channel}: mean and squared deviations; backward: sum of dy, of dy xhat
  Aligned<double> mean_, scale_;    // {tile, channel}: the batch's, a copy per tile
};

/// A frozen norm that uses its running statistics in training is done by ref's loops where it stands alone.
size_t match(const Chain& chain) {
  const BatchNorm* norm = chain.as<BatchNorm>(0);
  return norm && !(norm->at_rest && chain.options.training) ? 1 : 0;
}

}  // namespace

extern const Pattern batch_norm_pattern;
const Pattern batch_norm_pattern{"batch_norm",
                                 &match,
                                 only(Layout::nchw),
                                 only(Layout::nchw),
                                 false,
                                 [](StepData d) -> StepPointer { return std::make_unique<BatchNormStep>(std::move(d)); }};

}  // namespace nn::cpu
