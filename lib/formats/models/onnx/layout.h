// SPDX-License-Identifier: MIT
// How the axes of a value of a graph are those of a value of ours. Our values lie channel by channel, {C,H,W}; a graph
// transposes, flattens and splits. These are no layers: they change which of our axes an axis of the graph is, and the
// next product permutes its weights instead. So a network whose images lie channels last needs no transposing layer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/shape.h"

namespace nn {

struct Layout {
  std::vector<int64_t> view;              ///< extents of our sample, row by row, axes split where the graph splits them
  std::vector<std::vector<size_t>> axes;  ///< of each axis of the graph behind the batch: the axes of the view in it,
                                          ///< joined; none for an extent of 1

  bool operator==(const Layout&) const = default;
  std::vector<int64_t> dims() const;  ///< of the graph, without the batch
  /// The values lie in the graph's order, whatever the shape.
  bool in_order() const;
  /// The axis of the graph that is exactly this axis of the view; empty when there is none.
  std::optional<size_t> axis_that_is(size_t view_axis) const;
};

/// Axis i of the graph is axis i of the sample.
Layout plain_layout(const Shape& sample);
Layout transposed(const Layout& layout, const std::vector<size_t>& order);
/// The same values in another shape (without the batch); empty where axes would be mixed that lie apart.
std::optional<Layout> reshaped(Layout layout, const std::vector<int64_t>& dims);

/// Place in our sample of each value of the graph's, in the graph's order.
std::vector<size_t> our_places(const Layout& layout);
/// Steps through a constant that is broadcast against the value, by axes of the view; 0 where it does not vary.
/// dims: of the constant, as many as the layout has axes. Empty where the constant is the larger one.
std::optional<std::vector<int64_t>> steps_of_constant(const Layout& layout, const std::vector<int64_t>& dims);

}  // namespace nn
