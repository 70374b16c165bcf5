// SPDX-License-Identifier: MIT
// What a flat sample was put together from: images that were flattened, and plain rows.
#pragma once

#include <vector>

#include "graph/graph.h"

namespace nn {

/// The parts of a value, one behind the other, through layers that keep places and concatenations: {C,H,W} of an image
/// that was flattened, {n} of other values. The shape of the value itself where it is not flat, or of too many parts.
std::vector<Shape> parts_behind(const Graph& graph, ValueId value);

}  // namespace nn
