// SPDX-License-Identifier: MIT
// What Keras 3.15 on torch draws on the CPU: every seeded operation makes a torch generator of its own.
// Source: keras/src/backend/torch/random.py.
#pragma once

#include "random/tensorflow.h"
#include "random/torch.h"

namespace nn {

class KerasTorchDraws final : public Draws {
 public:
  explicit KerasTorchDraws(KerasSeed seed) : seed_(static_cast<uint64_t>(seed.seed + seed.counter)) {}
  bool outputs_last() const override { return true; }
  void uniform(double low, double high, std::span<double> w) override;
  void normal(double mean, double deviation, std::span<double> w) override;
  void truncated(double deviation, std::span<double> w) override;
  /// Dropout with a seed or a noise_shape: all ones where kept, else 0.
  void keep(double rate, std::span<uint32_t> mask) const;

 private:
  uint64_t seed_;
};

}  // namespace nn
