// SPDX-License-Identifier: MIT
// The order of axes of a parameter here (PyTorch's) and in another framework. Every difference is a permutation of axes
// of the parameter seen with its axes split: dense (out,in), or (out,C,H,W) behind an image that was flattened; conv
// (out,in,h,w); depthwise conv (channel,multiplier,h,w).
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "formats/models/model_format.h"
#include "graph/graph.h"

namespace nn {

struct AxisMap {
  Shape view;                 ///< of our parameter, axes split
  std::vector<size_t> order;  ///< their axis i is axis order[i] of the view
  Shape theirs;               ///< with axes joined, as their file has it
};

/// The ways in which the parameter may lie in files of that order, the usual one first.
std::vector<AxisMap> axis_maps(const Graph& graph, ParamId param, AxisOrder axes);
/// The one of them that has this shape; extents of 1 do not count where the others tell enough. Empty: it does not fit.
std::optional<AxisMap> fitting_map(const Graph& graph, ParamId param, AxisOrder axes, const Shape& theirs);

std::vector<float> to_ours(const AxisMap& map, std::span<const float> theirs);
std::vector<float> to_theirs(const AxisMap& map, std::span<const float> ours);

}  // namespace nn
