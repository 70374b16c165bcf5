// SPDX-License-Identifier: MIT
// The cuda backend on the simulated device, for its tests.
#pragma once

#include <algorithm>
#include <cstdlib>

#include "backend/block_examples.h"
#include "backend/conv_examples.h"
#include "backend/cuda/backend.h"
#include "backend/cuda/sim/sim.h"
#include "backend/cuda/steps.h"
#include "backend/dense_examples.h"
#include "backend/pixel_examples.h"
#include "backend/random_graph.h"

namespace nn::test {

/// "forward", "reverse" or a number: the order of threads and blocks while this lives.
class ThreadOrder {
 public:
  explicit ThreadOrder(const char* order) { sim::set_order(order); }
  ~ThreadOrder() { sim::set_order(std::getenv("SIM_ORDER")); }
  ThreadOrder(const ThreadOrder&) = delete;
  ThreadOrder& operator=(const ThreadOrder&) = delete;
};

inline std::unique_ptr<Backend> simulated(const cuda::Settings& settings = {}) {
  return cuda::make_backend({}, settings);
}

/// Whether cuda has all of its ops, for samples of one shape.
inline bool computed(const Example& e) {
  return !e.graph.is_ragged() && std::all_of(e.graph.ops.begin(), e.graph.ops.end(), [](const Op& op) {
    return std::holds_alternative<Reshape>(op.what) ||
           std::visit([]<class Kind>(const Kind&) { return cuda::has_step<Kind>; }, op.what);
  });
}
/// Those of every op that it has: none of texts.
inline std::vector<Example> known_examples(uint64_t seed) {
  std::vector<Example> list = examples(seed);
  std::erase_if(list, [](const Example& e) { return !computed(e); });
  return list;
}

/// Those, and those of convolutions, dense layers and blocks.
inline std::vector<Example> all_examples(uint64_t seed) {
  std::vector<Example> list = known_examples(seed);
  for (auto&& more : {conv_examples(seed), dense_examples(seed), block_examples(seed), pixel_examples(seed)})
    list.insert(list.end(), more.begin(), more.end());
  return list;
}

/// Rounding alone, as for cpu.
constexpr double tolerance = 3e-5;

inline bool same_bits(const std::vector<Named>& a, const std::vector<Named>& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i)
    if (a[i].name != b[i].name || a[i].values != b[i].values) return false;
  return true;
}

/// All weights and buffers, one behind the other.
inline std::vector<double> all_weights(const Memory& memory) {
  std::vector<double> all;
  const Graph& graph = memory.graph();
  for (size_t p = 0; p < graph.params.size(); ++p) {
    std::vector<double> values(static_cast<size_t>(graph.params[p].shape.count()));
    memory.read(Part::weights, static_cast<ParamId>(p), values);
    all.insert(all.end(), values.begin(), values.end());
  }
  return all;
}

}  // namespace nn::test
