// SPDX-License-Identifier: MIT
// Every random number of a training but augmentation: initial weights, the order of the samples, dropout. Each
// framework draws them from streams of its own, in an order of its own; these give the same bits from the same seed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "base/state.h"

namespace nn {

class Randomness : public RandomSource {
 public:
  /// First of all: fills all parameters.
  virtual void initialise(Memory& memory) = 0;
  /// The order of the samples in the next epoch.
  virtual std::vector<int64_t> order(int64_t n, bool shuffle) = 0;
  /// After a restore: that of the epoch that runs.
  virtual std::vector<int64_t> order_again(int64_t n, bool shuffle) = 0;
  /// A pass over another split, as after each epoch.
  virtual void evaluation_pass() {}
  /// Before the words of a batch are asked for: batches done in the whole run.
  virtual void begin_batch(int64_t batches) { (void)batches; }
  virtual void state(State& state) = 0;
};

/// 0 to n-1: without shuffling.
std::vector<int64_t> in_order(int64_t n);

/// streams: "torch", "keras-tensorflow", "keras-jax", "keras-torch"; UsageError otherwise. reshuffle: keras-tensorflow,
/// which has one order for all epochs, gets a new one for each after the first.
std::unique_ptr<Randomness> make_randomness(const std::string& streams, uint64_t seed, const Graph& graph,
                                            bool reshuffle = false);
std::vector<std::string> stream_names();

}  // namespace nn
