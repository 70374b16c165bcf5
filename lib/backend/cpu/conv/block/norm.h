// SPDX-License-Identifier: MIT
// What a convolution block does to each channel: y = scale c + shift, from bias and batch norm, and the gradient
// dc = factor dz + slope c + base. Statistics of the batch are sums over a tile's samples around a centre near their
// mean (that of the first sample), joined in tile order (Chan, Golub, LeVeque 1983), by every tile for itself.
#pragma once

#include "backend/cpu/conv/block/block.h"
#include "backend/cpu/kernels/bf16_conv.h"

namespace nn::cpu {

class BlockNorm {
 public:
  /// norm: the op of the step that is a batch norm, 0 for none.
  BlockNorm(const StepData& data, const BlockShape& shape, size_t norm);

  bool of_batch() const { return of_batch_; }  ///< statistics of the batch are taken
  bool needs_sums() const;                     ///< some gradient is made of the sums

  /// Statistics: begin, add each sample, and, when all tiles have ended, join; without them settle.
  void begin(const Tile& t) const;
  void add(const Tile& t, const float* c, bool first) const;
  void add(const Tile& t, const GroupTail& g,
           bool first) const;  ///< of some rows of a few samples; chooses their cells, with an index
  void join(const Tile& t) const;
  void settle(const Tile& t) const;
  /// Statistics that are known otherwise: mean of c, sum of squared deviations from it, how many there are.
  void set(const Tile& t, int64_t k, double mean, double squares, double count) const;
  /// 1, 0 or -1 like the scale, between begin and join.
  const float* sign(const Tile& t) const { return sign_.get() + at(t); }
  const float* scale(const Tile& t) const { return scale_.get() + at(t); }
  const float* shift(const Tile& t) const { return shift_.get() + at(t); }

  /// Gradient: the sums of dz and of dz (c - centre) over the tile's samples, and, when all tiles have ended,
  /// coefficients.
  void begin_sums(const Tile& t) const;
  void add_sums(const Tile& t, const BlockEpilogue& tail, const float* dy, const uint8_t* index,
                const float* raw) const;
  /// The same sums that are known otherwise; dot: of dz c.
  void set_sums(const Tile& t, int64_t k, double sum, double dot) const;
  void coefficients(const Tile& t) const;  ///< tile 0 writes the gradients of bias and batch norm
  const float* factor(const Tile& t) const { return factor_.get() + at(t); }
  const float* slope(const Tile& t) const { return slope_.get() + at(t); }
  const float* base(const Tile& t) const { return base_.get() + at(t); }

  size_t bytes() const { return 7 * scale_.bytes() + 4 * first_.bytes(); }

 private:
  int64_t at(const Tile& t) const { return t.index * shape_.kp; }
  double bias(int64_t k) const { return bias_ ? static_cast<double>(bias_[k]) : 0; }
  double parameter(size_t i, int64_t k) const { return static_cast<double>(parameters_[i][k]); }
  void join_channel(const Tile& t, int64_t k, double& mean, double& squares, double& count) const;
  void set_scale(int64_t i, int64_t k, double mean, double variance) const;
  void follow(size_t param, int64_t k, double value) const;

  const StepData& d_;
  const BlockShape& shape_;
  const BlockKernels& kernels_;
  size_t norm_;
  BatchNorm op_{};
  bool of_batch_ = false;
  const float* bias_ = nullptr;
  const float* parameters_[4]{};  // weight, bias, running mean and variance of the norm
  // {tile, kp}
  Floats sign_, center_, scale_, shift_, factor_, slope_, base_;
  Aligned<double> first_, second_;  // sum and squares around the centre; backward: sum of dz, of dz (c - mean)
  Aligned<double> mean_, inverse_;  // of c; 1 / standard deviation
};

}  // namespace nn::cpu
