// SPDX-License-Identifier: MIT
#include "backend/cpu/conv/block/norm.h"

#include <algorithm>
#include <cmath>

namespace nn::cpu {

BlockNorm::BlockNorm(const StepData& d, const BlockShape& shape, size_t norm)
    : d_(d),
      shape_(shape),
      kernels_(*d.kernels.in_blocks),
      norm_(norm),
      sign_(d.tiles * shape.kp),
      center_(sign_.size()),
      scale_(center_.size()),
      shift_(center_.size()),
      factor_(center_.size()),
      slope_(center_.size()),
      base_(center_.size()),
      first_(center_.size()),
      second_(center_.size()),
      mean_(center_.size()),
      inverse_(center_.size()) {
  bias_ = d.weight(1);
  if (norm_ == 0) return;
  for (size_t i = 0; i < std::size(parameters_); ++i) parameters_[i] = d.weight(i, norm_);
  op_ = d.as<BatchNorm>(norm_);
  of_batch_ = d.training && !op_.at_rest;
}

bool BlockNorm::needs_sums() const {
  return of_batch_ || d_.gradient(1) || (norm_ > 0 && (d_.gradient(0, norm_) || d_.gradient(1, norm_)));
}

void BlockNorm::begin(const Tile& t) const {
  std::fill_n(first_.get() + at(t), shape_.kp, 0.0);
  std::fill_n(second_.get() + at(t), shape_.kp, 0.0);
  for (int64_t k = 0; of_batch_ && k < shape_.k; ++k) {
    const double scale = parameter(0, k);
    sign_[at(t) + k] = scale > 0 ? 1.f : scale < 0 ? -1.f : 0.f;
  }
}

void BlockNorm::add(const Tile& t, const float* c, bool first) const {
  const int64_t pixels = shape_.oh * shape_.ow, i = at(t);
  float* center = center_.get() + i;
  if (first) {
    std::fill_n(center, shape_.kp, 0.f);
    kernels_.moments(c, pixels, shape_.kp, center, first_.get() + i, second_.get() + i);
    for (int64_t k = 0; k < shape_.kp; ++k) center[k] = static_cast<float>(first_[i + k] / static_cast<double>(pixels));
    begin(t);
  }
  kernels_.moments(c, pixels, shape_.kp, center, first_.get() + i, second_.get() + i);
}

void BlockNorm::add(const Tile& t, const GroupTail& g, bool first) const {
  const int64_t pixels = g.band.oh * g.band.ow, i = at(t);
  const auto look = d_.kernels.in_bf16->convolutions->look;
  if (first) {
    GroupTail one = g;
    one.index = nullptr;
    std::fill_n(center_.get() + i, shape_.kp, 0.f);
    look(one, center_.get() + i, nullptr, first_.get() + i, second_.get() + i);
    for (int64_t k = 0; k < shape_.kp; ++k)
      center_[i + k] = static_cast<float>(first_[i + k] / static_cast<double>(pixels * g.samples));
    begin(t);
  }
  look(g, center_.get() + i, sign(t), first_.get() + i, second_.get() + i);
}

void BlockNorm::join_channel(const Tile& t, int64_t k, double& mean, double& squares, double& count) const {
  mean = squares = count = 0;
  for (int i = 0; i < t.count; ++i) {
    const auto [begin, end] = part_of(d_.batch, i, t.count);
    const double n = static_cast<double>((end - begin) * shape_.oh * shape_.ow);
    if (n == 0) continue;
    const int64_t at = i * shape_.kp + k;
    const double off = first_[at] / n, delta = static_cast<double>(center_[at]) + off - mean;
    mean += delta * n / (count + n);
    squares += second_[at] - n * off * off + delta * delta * count * n / (count + n);
    count += n;
  }
}

void BlockNorm::set_scale(int64_t i, int64_t k, double mean, double variance) const {
  const double inverse = 1 / std::sqrt(variance + op_.epsilon), scale = inverse * parameter(0, k);
  mean_[i + k] = mean;
  inverse_[i + k] = inverse;
  scale_[i + k] = static_cast<float>(scale);
  shift_[i + k] = static_cast<float>(parameter(1, k) - mean * scale);
}

void BlockNorm::follow(size_t param, int64_t k, double value) const {
  float& running = d_.memory.values(d_.op(norm_).params[param])[k];
  running = static_cast<float>((1 - op_.momentum) * static_cast<double>(running) + op_.momentum * value);
}

void BlockNorm::join(const Tile& t) const {
  for (int64_t k = 0; k < shape_.k; ++k) {
    double mean, squares, count;
    join_channel(t, k, mean, squares, count);
    set(t, k, mean, squares, count);
  }
}

void BlockNorm::set(const Tile& t, int64_t k, double mean, double squares, double count) const {
  squares = std::max(squares, 0.0);
  set_scale(at(t), k, mean, squares / count);
  if (t.index != 0) return;
  follow(2, k, mean + bias(k));
  follow(3, k, squares / (op_.unbiased_running && count > 1 ? count - 1 : count));
}

void BlockNorm::settle(const Tile& t) const {
  for (int64_t k = 0; k < shape_.k; ++k) {
    if (norm_ > 0) {
      set_scale(at(t), k, parameter(2, k) - bias(k), parameter(3, k));
    } else {
      scale_[at(t) + k] = 1;
      shift_[at(t) + k] = static_cast<float>(bias(k));
    }
  }
}

void BlockNorm::begin_sums(const Tile& t) const {
  begin(t);
  for (int64_t k = 0; k < shape_.k; ++k) center_[at(t) + k] = static_cast<float>(mean_[at(t) + k]);
}

void BlockNorm::add_sums(const Tile& t, const BlockEpilogue& tail, const float* dy, const uint8_t* index,
                         const float* raw) const {
  const int64_t i = at(t);
  kernels_.tail_sums(tail, dy, index, raw, center_.get() + i, first_.get() + i, second_.get() + i);
}

void BlockNorm::set_sums(const Tile& t, int64_t k, double sum, double dot) const {
  const int64_t i = at(t) + k;
  center_[i] = static_cast<float>(mean_[i]);
  first_[i] = sum;
  second_[i] = dot - static_cast<double>(center_[i]) * sum;
}

void BlockNorm::coefficients(const Tile& t) const {
  const double n = static_cast<double>(d_.batch * shape_.oh * shape_.ow);
  for (int64_t k = 0; k < shape_.k; ++k) {
    double sum = 0, dot = 0;
    for (int i = 0; i < t.count; ++i) {
      const int64_t at = i * shape_.kp + k;
      sum += first_[at];
      dot += second_[at] - (mean_[at] - static_cast<double>(center_[at])) * first_[at];
    }
    const int64_t i = at(t) + k;
    const double inverse = inverse_[i], factor = norm_ > 0 ? inverse * parameter(0, k) : 1;
    const double slope = of_batch_ ? -factor * inverse * inverse * dot / n : 0;
    factor_[i] = static_cast<float>(factor);
    slope_[i] = static_cast<float>(slope);
    base_[i] = static_cast<float>(of_batch_ ? -factor * sum / n - slope * mean_[i] : 0);
    if (t.index != 0) continue;
    // Statistics of the batch take away what a bias adds.
    if (float* g = d_.gradient(1)) g[k] = static_cast<float>(of_batch_ ? 0 : factor * sum);
    if (norm_ == 0) continue;
    if (float* g = d_.gradient(0, norm_)) g[k] = static_cast<float>(dot * inverse);
    if (float* g = d_.gradient(1, norm_)) g[k] = static_cast<float>(sum);
  }
}

}  // namespace nn::cpu
