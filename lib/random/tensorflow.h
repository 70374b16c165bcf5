// SPDX-License-Identifier: MIT
// What Keras 3.15 on TensorFlow draws on the CPU, without XLA: stateless operations keyed by two integers, and the one
// order in which a seeded fit feeds its samples in every epoch.
// Sources: tensorflow/core/kernels/stateless_random_ops.cc, core/lib/random/{philox_random,random_distributions}.h,
// core/kernels/random_op_cpu.h, keras/src/backend/tensorflow/random.py.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "random/counter_stream.h"
#include "random/draws.h"

namespace nn {

/// The two integers of a seed in Keras: what a layer drew, and how often it has been used.
struct KerasSeed {
  int64_t seed, counter;
};

/// The number in [0, 1) that TensorFlow makes of a word of Philox: its lower 23 bits.
float tensorflow_unit(uint32_t word);

/// One operation with that seed: each call begins anew, as a stateless operation does.
class TensorFlowDraws final : public Draws {
 public:
  explicit TensorFlowDraws(KerasSeed seed);
  bool outputs_last() const override { return true; }
  void uniform(double low, double high, std::span<double> w) override;
  void normal(double mean, double deviation, std::span<double> w) override;
  void truncated(double deviation, std::span<double> w) override;
  /// Dropout's mask: all ones where kept, else 0.
  void keep(double rate, std::span<uint32_t> mask) const;
  /// Of the same numbers.
  CounterStream stream() const { return {CounterStream::Kind::philox, {key_[0], key_[1]}, {high_[0], high_[1]}}; }

 private:
  uint32_t key_[2], high_[2];  ///< key and upper words of the counter
};

/// tf.random.shuffle in the pipeline of fit(shuffle=True) after set_random_seed(seed).
/// operation: the seed of the operation, 0 there.
std::vector<int64_t> tensorflow_order(uint64_t seed, int64_t n, uint64_t operation = 0);

}  // namespace nn
