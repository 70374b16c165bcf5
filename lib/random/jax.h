// SPDX-License-Identifier: MIT
// What Keras 3.15 on JAX draws on the CPU: threefry by counter (partitionable, the default since jax 0.5), and numpy's
// legacy permutations for the order of the samples.
// Sources: jax/_src/random/{core,threefry2x32}.py, keras/src/backend/jax/random.py, numpy/random/mtrand.pyx.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "random/counter_stream.h"
#include "random/draws.h"
#include "random/mersenne.h"
#include "random/tensorflow.h"

namespace nn {

/// Threefry 2x32 with 20 rounds (Salmon et al. 2011).
std::array<uint32_t, 2> threefry(std::array<uint32_t, 2> key, std::array<uint32_t, 2> counter);

/// The number in [0, 1) that JAX draws at that place, counted from 0.
float jax_unit(std::array<uint32_t, 2> key, uint64_t place);

class JaxDraws final : public Draws {
 public:
  explicit JaxDraws(KerasSeed seed) : key_{static_cast<uint32_t>(seed.seed), static_cast<uint32_t>(seed.counter)} {}
  bool outputs_last() const override { return true; }
  void uniform(double low, double high, std::span<double> w) override;
  /// Normals within 2e-7 of JAX's: the inverse error function is the true one, not XLA's polynomial.
  void normal(double mean, double deviation, std::span<double> w) override;
  void truncated(double deviation, std::span<double> w) override;
  void keep(double rate, std::span<uint32_t> mask) const;
  /// Of the same numbers.
  CounterStream stream() const { return {CounterStream::Kind::threefry, key_, {}}; }

 private:
  float unit(uint64_t index) const { return jax_unit(key_, index); }
  std::array<uint32_t, 2> key_;
};

/// np.random.permutation(n) on the legacy global state.
std::vector<int64_t> numpy_permutation(Mersenne& words, int64_t n);

}  // namespace nn
