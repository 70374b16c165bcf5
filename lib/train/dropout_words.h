// SPDX-License-Identifier: MIT
// Random words for the ops of a plan: one Philox stream an op, at a place that depends on the step alone, so that masks
// are the same for any number of threads and after any break.
#pragma once

#include <vector>

#include "backend/backend.h"
#include "base/rng.h"

namespace nn {

class DropoutWords final : public WordSource {
 public:
  DropoutWords(const Graph& graph, uint64_t seed);
  void set_step(int64_t step) { step_ = static_cast<uint64_t>(step); }
  void words(int op, std::span<uint32_t> out) override;

 private:
  std::vector<Philox> streams_;  ///< by op
  uint64_t step_ = 0;
};

}  // namespace nn
