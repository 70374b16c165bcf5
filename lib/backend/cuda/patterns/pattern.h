// SPDX-License-Identifier: MIT
// Patterns join ops into one step. patterns.def lists them in the order in which they are tried, at every op; what no
// pattern takes is a step of its own (steps.def). To add one: its file here, a line in patterns.def, a line in
// kernels.cu.
#pragma once

#include "backend/cuda/feed.h"
#include "backend/cuda/memory.h"

namespace nn::cuda {

/// What patterns look at.
struct Joining {
  Device& device;
  const Graph& graph;
  const PlanOptions& options;
  const Feed& feed;
  const CudaMemory& memory;
  std::vector<const Op*> only_readers;  ///< of each value (Graph::only_readers)
  /// The op that alone reads what op i makes, if it is op i + 1.
  const Op* next(size_t i) const {
    const Op* reader = only_readers[static_cast<size_t>(graph.ops[i].output)];
    return reader && i + 1 < graph.ops.size() && reader == &graph.ops[i + 1] ? reader : nullptr;
  }
};

/// The ops from the one asked for on, as many as are joined; none: it does not fit.
struct Match {
  size_t ops = 0;
  std::unique_ptr<Step> step;
};

#define PATTERN(name) Match match_##name(const Joining& joining, size_t first);
#include "backend/cuda/patterns/patterns.def"
#undef PATTERN

}  // namespace nn::cuda
