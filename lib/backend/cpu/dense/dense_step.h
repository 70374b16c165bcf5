// SPDX-License-Identifier: MIT
// What the steps of a dense layer share, whatever its products are made of: y = W x + b with relu and dropout behind
// it, dropout's words, the gradient dz of W x + b in lanes, and the gradient of the bias.
#pragma once

#include "backend/cpu/plan/pattern.h"

namespace nn::cpu {

/// How many ops such a step does: a product of one row per sample, relu and, in training, dropout; only relu and
/// dropout can be undone from their result.
size_t match_dense(const Chain& chain);

/// Of a layer whose products are cut by outputs or inputs in the place of samples.
constexpr int64_t many_weights = 1 << 16;

class DenseStep : public Step {
 public:
  explicit DenseStep(StepData data);

  void words(RandomSource* source) override;
  bool draws(int phase) const override { return drop_ && phase + 1 == forward_phases(); }

 protected:
  int64_t samples(int tile) const {
    const Range r = d.extent.samples(tile);
    return r.end - r.begin;
  }
  /// {out, width} of a tile.
  const float* dz(int tile) const { return (dz_.size() ? dz_.get() : d.dy) + tile * out_ * width_; }
  /// Of a tile, from dy; width * out floats of scratch where y lies in rows.
  void make_dz(const Tile& t) const;
  /// Of the tile's part of the outputs, which is then used up.
  void bias_gradient(const Tile& t, const Updater& updater) const;

  int64_t in_, out_, width_;
  bool relu_;
  const Dropout* drop_;
  bool learns_;
  Floats dz_;
  Aligned<uint32_t> words_;
};

}  // namespace nn::cpu
