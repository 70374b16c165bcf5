// SPDX-License-Identifier: MIT
// A copy of all weights and buffers of a Memory, in its own precision: the best weights so far.
#pragma once

#include <vector>

#include "backend/backend.h"
#include "base/state.h"

namespace nn {

class WeightCopy {
 public:
  bool empty() const { return values_.empty(); }
  /// How many values there are to copy, before a state is restored.
  void expect(size_t count) { count_ = count; }
  void take(const Memory& memory);
  void put(Memory& memory) const;
  void state(State& state);

 private:
  size_t count_ = 0;
  std::vector<double> values_;  ///< parameter after parameter; double holds a float exactly
};

}  // namespace nn
