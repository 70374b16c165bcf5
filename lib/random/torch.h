// SPDX-License-Identifier: MIT
// torch's generator on the CPU and what it makes of its words: one stream for initial weights, the order of the samples
// and dropout. Bits are those of torch 2.15 on processors with AVX2 or AVX-512.
// Sources: aten/src/ATen/CPUGeneratorImpl.cpp, core/DistributionsHelper.h, native/cpu/DistributionTemplates.h,
// native/TensorFactories.cpp (randperm), torch/utils/data/{sampler,dataloader}.py.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/state.h"
#include "random/draws.h"
#include "random/mersenne.h"

namespace nn {

class TorchGenerator final : public Draws {
 public:
  /// torch.manual_seed: only the low 32 bits count.
  explicit TorchGenerator(uint64_t seed) : words_(static_cast<uint32_t>(seed)) {}

  void uniform(double low, double high, std::span<double> w) override;       ///< Tensor.uniform_, float32
  void normal(double mean, double deviation, std::span<double> w) override;  ///< Tensor.normal_, float32
  void truncated(double deviation, std::span<double> w) override;
  void truncated_between(double mean, double deviation, double low, double high, std::span<double> w) override;

  /// torch.randperm(n).
  std::vector<int64_t> permutation(int64_t n);
  /// A pass over a DataLoader(shuffle=True) draws loader_pass(), then what its sampler seeds a generator of its own
  /// with, whose permutation is the order.
  uint64_t loader_seed() { return words_.next64() & 0xFFFFFFFFU; }
  /// What a pass over a DataLoader without shuffling draws: its base seed.
  void loader_pass() { words_.next64(); }
  /// Tensor.bernoulli_(keep), as dropout draws it: all ones where kept, else 0. Two words per element.
  void keep(double keep, std::span<uint32_t> mask);

  void state(State& state);

 private:
  double uniform24() { return (words_.next() & 0xFFFFFFU) * 0x1p-24; }
  double uniform53() { return static_cast<double>(words_.next64() & ((uint64_t{1} << 53) - 1)) * 0x1p-53; }
  double normal_in_double();
  void narrow(double mean, double deviation, double low, double high, std::span<double> w);

  Mersenne words_;
  std::optional<double> kept_sine_;  ///< of the last pair that normal_in_double made
};

}  // namespace nn
