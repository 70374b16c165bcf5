// SPDX-License-Identifier: MIT
// Arithmetic and traffic of a graph's ops as the direct method needs them, whatever a plan does instead: what its times
// are measured against. A multiply-add is two floating-point operations; comparisons and functions are one.
// Convolutions count all their taps, those in the padding too. Bytes are float32, each value read or written once by
// the op that reads or writes it, so a plan that fuses steps may need fewer.
#pragma once

#include <vector>

#include "graph/graph.h"

namespace nn {

/// One entry per op of the graph. training: batch statistics and dropout act, and there is a backward pass.
std::vector<OpCost> costs_of(const Graph& graph, int64_t batch, bool training);

/// Products and convolutions of one training step: the floor that times are compared with. No optimizer, no
/// element-wise work.
double direct_flops(const Graph& graph, int64_t batch);

/// One update of all trainable elements: weights read and written, gradients read, slots read and written.
Cost update_cost(const Graph& graph, int slots, double flops_per_weight);

}  // namespace nn
