// SPDX-License-Identifier: MIT
// The first block of a network: a 3x3 convolution of one to three planes whose gradient nobody asks for, [batch norm,
// relu,] max pooling. The output of the convolution, by far the largest array of such a network, is never stored.
//
// With x_i what tap i reads at a cell, the convolution is c = w x, so that with M = sum of x and C = sum of (x - mean)
// (x - mean)^T over all cells of the batch
//   mean of c = w M / n      sum of (c - mean)^2 = w C w^T
// and with dz the gradient at the chosen cells, S = sum of dz, Q = sum of dz x
//   sum of dz c = w Q        dw = factor (Q - M S / n) + slope C w   (conv_block_norm.h; without statistics factor Q).
// Sums run in float over one sample and in double beyond.
#include <algorithm>
#include <vector>

#include "backend/cpu/conv/block/block.h"
#include "backend/cpu/conv/block/norm.h"
#include "backend/cpu/conv/kinds.h"

namespace nn::cpu {
namespace {

constexpr int64_t most_planes = 3;

class FirstBlockStep final : public Step {
 public:
  FirstBlockStep(StepData data, const BlockOps& ops)
      : Step(std::move(data)),
        shape_(d, d.kernels.lanes),
        kernels_(*d.kernels.in_blocks),
        taps_(shape_.c * 9),
        norm_(d, shape_, ops.norm),
        weights_(d, taps_ * shape_.kp) {
    const int64_t plane = shape_.frame_h * shape_.frame_w;
    for (int64_t c = 0; c < shape_.c; ++c)
      for (int64_t tap = 0; tap < 9; ++tap) offset_.push_back(c * plane + tap / 3 * shape_.frame_w + tap % 3);
    frames_ = d.floats(d.batch * frame());
    block_ = {shape_.oh, shape_.ow, shape_.k, shape_.kp, shape_.frame_w, taps_, offset_.data(), ops.relu > 0};
    if (!d.training) return;
    index_ = d.array<uint8_t>(d.batch * cells() * shape_.kp);
    gradient_ = d.array<double>(d.tiles * (taps_ + 1) * shape_.kp);
    if (norm_.of_batch())
      moments_ = d.array<double>(d.tiles * (taps_ + 1) * taps_), joined_ = d.array<double>(moments_.size());
  }

  int forward_phases() const override { return norm_.of_batch() ? 2 : 1; }
  int backward_phases() const override { return 2; }
  void forward(int phase, const Tile& t) override;
  void backward(int phase, const Tile& t) override;
  void finish(const Tile& t, const Updater& updater) override;

  int64_t scratch() const override { return taps_ * shape_.kp + cells() * shape_.k; }
  size_t bytes() const override {
    return frames_.bytes() + index_.bytes() + gradient_.bytes() + moments_.bytes() + joined_.bytes() + norm_.bytes() +
           weights_.bytes();
  }
  std::string kernel() const override { return "direct, pooled"; }

 private:
  int64_t cells() const { return (shape_.oh / 2) * (shape_.ow / 2); }
  bool turned() const { return d.y_lay == Layout::nchw && shape_.k > 1; }
  double weight(int64_t k, int64_t tap) const { return static_cast<double>(d.weight(0)[k * taps_ + tap]); }
  /// M{taps} and, behind it, the products or C{taps, taps}.
  double* moments(const Aligned<double>& all, int tile) const { return all.get() + tile * (taps_ + 1) * taps_; }
  /// S{kp} and, behind it, Q{taps, kp}.
  double* sums(int tile) const { return gradient_.get() + tile * (taps_ + 1) * shape_.kp; }

  /// With what a vector reads behind the last cell, which must not be a sample that another worker writes.
  int64_t frame() const { return shape_.c * shape_.frame_h * shape_.frame_w + kernels_.lanes; }
  float* frame_of(int64_t sample) const { return frames_.get() + sample * frame(); }
  void fill_frame(int64_t sample) const;
  void take_moments(const Tile& t) const;
  void join_moments(const Tile& t) const;
  void set_statistics(const Tile& t) const;
  const float* scaled_weights(const Tile& t, float* to);
  double weight_gradient(const Tile& t, int64_t k, int64_t tap) const;

  BlockShape shape_;
  const BlockKernels& kernels_;
  int64_t taps_;
  BlockNorm norm_;
  ReadyWeights weights_;
  std::vector<int64_t> offset_;
  FirstBlock block_{};
  Floats frames_;  // {sample, c, frame_h, frame_w}: the input with its border, which stays 0
  Aligned<uint8_t> index_;
  Aligned<double> moments_, joined_, gradient_;  // by tile: its own moments; those of the batch; its S and Q
};

void FirstBlockStep::fill_frame(int64_t sample) const {
  float* frame = frame_of(sample);
  const float* x = d.x[0] + sample * shape_.c * shape_.h * shape_.w;
  for (int64_t c = 0; c < shape_.c; ++c)
    for (int64_t y = 0; y < shape_.h; ++y, x += shape_.w)
      std::copy_n(x, shape_.w, frame + (c * shape_.frame_h + shape_.top + y) * shape_.frame_w + shape_.left);
}

void FirstBlockStep::take_moments(const Tile& t) const {
  double* m = moments(moments_, t.index);
  std::fill_n(m, (taps_ + 1) * taps_, 0.0);
  for (int64_t n = t.begin; n < t.end; ++n) {
    fill_frame(n);
    kernels_.first_moments(block_, frame_of(n), m, m + taps_);
  }
}

/// M and C of the batch, by every tile for itself.
void FirstBlockStep::join_moments(const Tile& t) const {
  double *sum = moments(joined_, t.index), *c = sum + taps_;
  std::copy_n(moments(moments_, 0), (taps_ + 1) * taps_, sum);
  for (int i = 1; i < t.count; ++i)
    for (int64_t j = 0; j < (taps_ + 1) * taps_; ++j) sum[j] += moments(moments_, i)[j];
  const double n = static_cast<double>(d.batch * shape_.oh * shape_.ow);
  for (int64_t i = 0; i < taps_; ++i)
    for (int64_t j = i; j < taps_; ++j) c[i * taps_ + j] = c[j * taps_ + i] = c[i * taps_ + j] - sum[i] * sum[j] / n;
}

void FirstBlockStep::set_statistics(const Tile& t) const {
  const double *m = moments(joined_, t.index), *c = m + taps_, n = static_cast<double>(d.batch * shape_.oh * shape_.ow);
  for (int64_t k = 0; k < shape_.k; ++k) {
    double mean = 0, squares = 0;
    for (int64_t i = 0; i < taps_; ++i) {
      double row = 0;
      for (int64_t j = 0; j < taps_; ++j) row += c[i * taps_ + j] * weight(k, j);
      mean += weight(k, i) * m[i];
      squares += weight(k, i) * row;
    }
    norm_.set(t, k, mean / n, squares, n);
  }
}

const float* FirstBlockStep::scaled_weights(const Tile& t, float* to) {
  const float* w = weights_.get(d, t, [&](float* ready) { weights_by_input(d, shape_, ready); });
  for (int64_t tap = 0; tap < taps_; ++tap)
    d.kernels.multiply(w + tap * shape_.kp, norm_.scale(t), to + tap * shape_.kp, shape_.kp);
  return to;
}

void FirstBlockStep::forward(int phase, const Tile& t) {
  if (norm_.of_batch()) {
    if (phase == 0) return take_moments(t);
    join_moments(t);
    set_statistics(t);
  } else {
    norm_.settle(t);
  }
  const float* w = scaled_weights(t, t.scratch);
  for (int64_t n = t.begin; n < t.end; ++n) {
    if (!norm_.of_batch()) fill_frame(n);
    float *y = d.y + n * cells() * shape_.k, *to = turned() ? t.scratch + taps_ * shape_.kp : y;
    kernels_.first_forward(block_, frame_of(n), w, norm_.shift(t), to,
                           d.training ? index_.get() + n * cells() * shape_.kp : nullptr);
    if (turned()) d.kernels.transpose(to, cells(), shape_.k, shape_.k, y, cells());
  }
}

void FirstBlockStep::backward(int phase, const Tile& t) {
  if (phase == 1) return norm_.coefficients(t);
  double *sum = sums(t.index), *q = sum + shape_.kp;
  std::fill_n(sum, (taps_ + 1) * shape_.kp, 0.0);
  float* rows = t.scratch + taps_ * shape_.kp;
  for (int64_t n = t.begin; n < t.end; ++n) {
    const float* dy = d.dy + n * cells() * shape_.k;
    if (turned()) d.kernels.transpose(dy, shape_.k, cells(), cells(), rows, shape_.k);
    kernels_.first_gradient(block_, frame_of(n), turned() ? rows : dy, index_.get() + n * cells() * shape_.kp, q, sum);
  }
  for (int64_t k = 0; k < shape_.k; ++k) {
    double dot = 0;
    for (int64_t tap = 0; tap < taps_; ++tap) dot += weight(k, tap) * q[tap * shape_.kp + k];
    norm_.set_sums(t, k, sum[k], dot);
  }
}

double FirstBlockStep::weight_gradient(const Tile& t, int64_t k, int64_t tap) const {
  double q = 0, s = 0;
  for (int i = 0; i < d.tiles; ++i) s += sums(i)[k], q += sums(i)[(tap + 1) * shape_.kp + k];
  const double factor = static_cast<double>(norm_.factor(t)[k]);
  if (!norm_.of_batch()) return factor * q;
  const double *m = moments(joined_, t.index), *c = m + taps_ + tap * taps_;
  double cw = 0;
  for (int64_t j = 0; j < taps_; ++j) cw += c[j] * weight(k, j);
  return factor * (q - m[tap] * s / static_cast<double>(d.batch * shape_.oh * shape_.ow)) +
         static_cast<double>(norm_.slope(t)[k]) * cw;
}

void FirstBlockStep::finish(const Tile& t, const Updater& updater) {
  if (float* dw = d.gradient(0)) {
    const auto [begin, end] = part_of(shape_.k, t.index, t.count);
    for (int64_t k = begin; k < end; ++k)
      for (int64_t tap = 0; tap < taps_; ++tap) dw[k * taps_ + tap] = static_cast<float>(weight_gradient(t, k, tap));
    updater.done(d.op().params[0], begin * taps_, end * taps_);
  }
  if (t.index == 0) tell_others(d, updater);
}

}  // namespace

void tell_others(const StepData& d, const Updater& updater) {
  for (size_t op = 0; op < d.ops.size(); ++op)
    for (size_t i = op == 0 ? 1 : 0; i < d.op(op).params.size(); ++i)
      if (d.gradient(i, op)) updater.done(d.op(op).params[i], 0, d.size_of(i, op));
}

StepPointer make_first_block(StepData& d, const BlockOps& ops) {
  const bool few = d.in()[0] <= most_planes && d.x_lay[0] == Layout::nchw && !d.dx[0];
  if (!few || ops.pool == 0 || ops.relu6 || d.exact || !is_plain_3x3(d.as<Conv>())) return nullptr;
  return std::make_unique<FirstBlockStep>(std::move(d), ops);
}

}  // namespace nn::cpu
