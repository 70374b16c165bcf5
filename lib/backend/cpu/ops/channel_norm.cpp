// SPDX-License-Identifier: MIT
// Layer normalisation over the channels at each pixel, plane by plane: what belongs to a pixel is a plane of its own.
// Layer normalisation over whole rows is done by ref's loops.
#include <cmath>

#include "backend/cpu/ops/row_sums.h"
#include "backend/cpu/plan/pattern.h"

namespace nn::cpu {
namespace {

class ChannelNormStep final : public Step {
 public:
  explicit ChannelNormStep(StepData data)
      : Step(std::move(data)),
        epsilon_(d.as<LayerNorm>().epsilon),
        channels_(d.in()[0]),
        space_(d.in().count() / channels_),
        mean_(d.floats(d.batch * space_)),
        scale_(d.floats(d.batch * space_)),
        sum_(d.array<double>(d.training ? d.batch * channels_ : 0)),
        dot_(d.array<double>(sum_.size())) {}

  void forward(int, const Tile& t) override {
    const Kernels& k = d.kernels;
    float* deviation = t.scratch;
    for (int64_t n = t.begin; n < t.end; ++n) {
      const float* x = d.x[0] + n * channels_ * space_;
      float *y = d.y + n * channels_ * space_, *mean = mean_.get() + n * space_, *scale = scale_.get() + n * space_;
      k.sum_rows(x, channels_, space_, mean, space_);
      k.scale(mean, 1 / static_cast<float>(channels_), space_);
      std::memset(scale, 0, static_cast<size_t>(space_) * sizeof(float));
      for (int64_t c = 0; c < channels_; ++c) {
        k.affine2(x + c * space_, 1, mean, -1, 0, deviation, space_);
        k.multiply(deviation, deviation, deviation, space_);
        k.add(scale, deviation, scale, space_);
      }
      for (int64_t i = 0; i < space_; ++i)
        scale[i] = static_cast<float>(
            1 / std::sqrt(static_cast<double>(scale[i]) / static_cast<double>(channels_) + epsilon_));
      for (int64_t c = 0; c < channels_; ++c) {
        normalise(n, c, deviation);
        k.affine(deviation, d.weight(0)[c], d.weight(1)[c], y + c * space_, space_);
      }
    }
  }

  void backward(int, const Tile& t) override {
    const Kernels& k = d.kernels;
    float *xhat = t.scratch, *product = xhat + space_, *sum = product + space_, *dot = sum + space_;
    const float share = -1 / static_cast<float>(channels_);
    for (int64_t n = t.begin; n < t.end; ++n) {
      const float* dy = d.dy + n * channels_ * space_;
      std::memset(sum, 0, static_cast<size_t>(2 * space_) * sizeof(float));
      for (int64_t c = 0; c < channels_; ++c) {
        const float* g = dy + c * space_;
        normalise(n, c, xhat);
        sum_[n * channels_ + c] = k.sum(g, space_);
        dot_[n * channels_ + c] = k.dot(xhat, 0, g, space_);
        k.multiply(xhat, g, product, space_);
        k.affine2(g, d.weight(0)[c], sum, 1, 0, sum, space_);
        k.affine2(product, d.weight(0)[c], dot, 1, 0, dot, space_);
      }
      for (int64_t c = 0; d.dx[0] && c < channels_; ++c) {
        float* dx = d.dx[0] + (n * channels_ + c) * space_;
        normalise(n, c, xhat);
        k.multiply(xhat, dot, product, space_);
        k.add(product, sum, product, space_);
        k.affine2(dy + c * space_, d.weight(0)[c], product, share, 0, product, space_);
        k.multiply(product, scale_.get() + n * space_, dx, space_);
      }
    }
  }

  void finish(const Tile& t, const Updater& updater) override {
    set_gradients_of_rows(d, t, channels_, dot_, sum_);
    tell(t, updater);
  }

  int64_t scratch() const override { return 4 * space_; }
  size_t bytes() const override { return 2 * (mean_.bytes() + sum_.bytes()); }
  std::string kernel() const override { return "channels"; }

 private:
  void normalise(int64_t n, int64_t c, float* xhat) const {
    d.kernels.affine2(d.x[0] + (n * channels_ + c) * space_, 1, mean_.get() + n * space_, -1, 0, xhat, space_);
    d.kernels.multiply(xhat, scale_.get() + n * space_, xhat, space_);
  }

  double epsilon_;
  int64_t channels_, space_;
  Floats mean_, scale_;        // of each pixel of the batch
  Aligned<double> sum_, dot_;  // of dy and of dy xhat, of each plane of the batch
};

constexpr int64_t least_plane = 8;  // smaller ones are slower plane by plane than in ref's loops

size_t match(const Chain& c) {
  const LayerNorm* op = c.as<LayerNorm>(0);
  return op && op->axis == 0 && op->last == 0 && c.in().rank() == 3 && c.in()[1] * c.in()[2] >= least_plane ? 1 : 0;
}

}  // namespace

extern const Pattern channel_norm_pattern;
const Pattern channel_norm_pattern{"channel_norm",
                                   &match,
                                   only(Layout::nchw),
                                   only(Layout::nchw),
                                   false,
                                   [](StepData d) -> StepPointer {
      return std::make_unique<ChannelNormStep>(std::move(d)); }};

}  // namespace nn::cpu
