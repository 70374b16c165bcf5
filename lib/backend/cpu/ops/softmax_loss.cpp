// SPDX-License-Identifier: MIT
// Softmax and cross-entropy with plain labels. Smoothing, class weights and clipping are left to ref's loops.
#include <cmath>

#include "backend/cpu/plan/pattern.h"

namespace nn::cpu {
namespace {

class SoftmaxLossStep final : public Step {
 public:
  explicit SoftmaxLossStep(StepData data)
      : Step(std::move(data)),
        count_(d.in().count()),
        width_(d.extent.width),
        share_(d.floats(d.extent.size(Layout::batch_innermost, d.in()) + 64)) {}

  void forward(int, const Tile& t) override {
    float *x = t.scratch, *largest = x + count_ * width_, *total = largest + width_;
    const float* rows = d.x[0] + t.begin * count_;
    d.kernels.rows_to_lanes(rows, t.samples(), count_, count_, x, width_, width_);
    d.kernels.softmax_lanes(x, count_, width_, share_.get() + t.index * count_ * width_, largest, total);
    for (int64_t i = 0; i < t.samples(); ++i) {
      const double rest = static_cast<double>(largest[i]) -
                          static_cast<double>(rows[i * count_ + checked_label(d.host.labels, t.begin + i, count_)]);
      d.host.sample_loss[t.begin + i] = std::log(static_cast<double>(total[i])) + rest;
    }
  }
  void after_forward() override {
    double sum = 0;
    for (int64_t n = 0; n < d.batch; ++n) sum += d.host.sample_loss[n];
    *d.host.loss = sum / static_cast<double>(d.batch);
  }
  void backward(int, const Tile& t) override {
    if (!d.dx[0]) return;
    float* dx = d.dx[0] + t.begin * count_;
    const float part = 1 / static_cast<float>(d.batch);
    d.kernels.transpose(share_.get() + t.index * count_ * width_, count_, t.samples(), width_, dx, count_);
    for (int64_t i = 0; i < t.samples(); ++i) dx[i * count_ + d.host.labels[t.begin + i]] -= 1;
    d.kernels.scale(dx, part, t.samples() * count_);
  }
  int64_t scratch() const override { return (count_ + 2) * width_; }
  size_t bytes() const override { return share_.bytes(); }
  std::string kernel() const override { return "softmax in lanes"; }

 private:
  int64_t count_, width_;
  Floats share_;
};

size_t match(const Chain& c) {
  const auto* loss = c.as<SoftmaxLoss>(0);
  return loss && loss->label_smoothing == 0 && loss->class_weights.empty() && loss->clip == 0 ? 1 : 0;
}

}  // namespace

extern const Pattern softmax_loss_pattern;
const Pattern softmax_loss_pattern{"softmax_loss",
                                   &match,
                                   only(Layout::nchw),
                                   only(Layout::nchw),
                                   false,
                                   [](StepData d) -> StepPointer { return std::make_unique<SoftmaxLossStep>(std::move(d)); }};

}  // namespace nn::cpu
