// SPDX-License-Identifier: MIT
// Group normalisation, a group of a sample after the other. The sums for the gradients of weights and biases are kept
// by sample and channel and added in their order, whatever the tiles.
#include <cmath>

#include "backend/cpu/ops/row_sums.h"
#include "backend/cpu/plan/pattern.h"

namespace nn::cpu {
namespace {

class GroupNormStep final : public Step {
 public:
  explicit GroupNormStep(StepData data)
      : Step(std::move(data)),
        groups_(d.as<GroupNorm>().groups),
        epsilon_(d.as<GroupNorm>().epsilon),
        channels_(d.in()[0]),
        each_(channels_ / groups_),
        space_(d.in().count() / channels_),
        mean_(d.array<double>(d.batch * groups_)),
        scale_(d.array<double>(d.batch * groups_)),
        sum_(d.array<double>(d.training ? d.batch * channels_ : 0)),
        dot_(d.array<double>(sum_.size())) {}

  void forward(int, const Tile& t) override {
    const auto count = static_cast<double>(each_ * space_);
    for (int64_t g = t.begin * groups_; g < t.end * groups_; ++g) {
      const float* x = d.x[0] + g * each_ * space_;
      const double mean = d.kernels.sum(x, each_ * space_) / count;
      const auto center = static_cast<float>(mean);
      const double off = mean - static_cast<double>(center);
      const double squares = d.kernels.sum_squares(x, center, each_ * space_) - count * off * off;
      mean_[g] = mean;
      scale_[g] = 1 / std::sqrt(squares / count + epsilon_);
      for (int64_t k = 0; k < each_; ++k) {
        const int64_t c = g % groups_ * each_ + k;
        const double factor = scale_[g] * static_cast<double>(d.weight(0)[c]);
        const double shift = static_cast<double>(d.weight(1)[c]) - mean * factor;
        d.kernels.affine(x + k * space_, static_cast<float>(factor), static_cast<float>(shift),
                         d.y + (g * each_ + k) * space_, space_);
      }
    }
  }

  void backward(int, const Tile& t) override {
    for (int64_t g = t.begin * groups_; g < t.end * groups_; ++g) {
      double sum = 0, dot = 0;
      const auto center = static_cast<float>(mean_[g]);
      for (int64_t plane = g * each_; plane < (g + 1) * each_; ++plane) {
        const float *x = d.x[0] + plane * space_, *dy = d.dy + plane * space_;
        sum_[plane] = d.kernels.sum(dy, space_);
        const double off = (mean_[g] - static_cast<double>(center)) * sum_[plane];
        dot_[plane] = (d.kernels.dot(x, center, dy, space_) - off) * scale_[g];
        sum += weight(plane) * sum_[plane];
        dot += weight(plane) * dot_[plane];
      }
      if (!d.dx[0]) continue;
      const double count = static_cast<double>(each_ * space_), slope = -scale_[g] * scale_[g] * dot / count;
      const double shift = -scale_[g] * sum / count - slope * mean_[g];
      for (int64_t plane = g * each_; plane < (g + 1) * each_; ++plane)
        d.kernels.affine2(d.dy + plane * space_, static_cast<float>(scale_[g] * weight(plane)), d.x[0] + plane * space_,
                          static_cast<float>(slope), static_cast<float>(shift), d.dx[0] + plane * space_, space_);
    }
  }

  void finish(const Tile& t, const Updater& updater) override {
    set_gradients_of_rows(d, t, channels_, dot_, sum_);
    tell(t, updater);
  }

  size_t bytes() const override { return 2 * (mean_.bytes() + sum_.bytes()); }
  std::string kernel() const override { return "groups"; }

 private:
  double weight(int64_t plane) const { return static_cast<double>(d.weight(0)[plane % channels_]); }

  int64_t groups_;
  double epsilon_;
  int64_t channels_, each_, space_;  // each: channels of a group
  Aligned<double> mean_, scale_;     // of each group of each sample
  Aligned<double> sum_, dot_;        // of dy and of dy xhat, of each plane of the batch
};

}  // namespace

extern const Pattern group_norm_pattern;
const Pattern group_norm_pattern{
    "group_norm", &match_one<GroupNorm>, only(Layout::nchw), only(Layout::nchw), false, [](StepData d) -> StepPointer {
      return std::make_unique<GroupNormStep>(std::move(d));
    }};

}  // namespace nn::cpu
