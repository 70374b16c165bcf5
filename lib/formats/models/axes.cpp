// SPDX-License-Identifier: MIT
#include "formats/models/axes.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "layers/layer.h"

namespace nn {
namespace {

AxisMap as_it_is(const Shape& shape) {
  AxisMap map{shape, std::vector<size_t>(shape.rank()), shape};
  std::iota(map.order.begin(), map.order.end(), size_t{0});
  return map;
}

const Op* op_with(const Graph& graph, ParamId param) {
  for (const Op& op : graph.ops)
    if (std::ranges::find(op.params, param) != op.params.end()) return &op;
  return nullptr;
}

std::vector<AxisMap> of_dense(const Shape& s, const Shape& image) {
  if (image.rank() != 3) return {{s, {1, 0}, {s[1], s[0]}}};
  return {{{s[0], image[0], image[1], image[2]}, {2, 3, 1, 0}, {s[1], s[0]}}};
}

/// (out,in/groups,h,w), and for transposed convolutions (in,out/groups,h,w): both are (h,w,.,.) turned round.
std::vector<AxisMap> of_window(const Shape& s, const Op& op) {
  std::vector<AxisMap> maps{{s, {2, 3, 1, 0}, {s[2], s[3], s[1], s[0]}}};
  const Conv* conv = std::get_if<Conv>(&op.what);
  if (conv && conv->groups > 1 && s[1] == 1) {
    const int64_t channels = conv->groups, multiplier = s[0] / channels;
    maps.insert(maps.begin(), {{channels, multiplier, s[2], s[3]}, {2, 3, 0, 1}, {s[2], s[3], channels, multiplier}});
  }
  return maps;
}

Shape without_ones(const Shape& shape) {
  std::vector<int64_t> dims;
  for (const int64_t d : shape)
    if (d != 1) dims.push_back(d);
  return Shape(std::move(dims));
}

/// Calls with the index of each element of the view in the order of theirs.
template <class Visit>
void walk(const AxisMap& map, Visit visit) {
  const size_t rank = map.view.rank();
  std::vector<int64_t> strides(rank, 1), extents(rank), at(rank, 0), step(rank);
  for (size_t i = rank; i-- > 1;) strides[i - 1] = strides[i] * map.view[i];
  for (size_t i = 0; i < rank; ++i) extents[i] = map.view[map.order[i]], step[i] = strides[map.order[i]];
  const int64_t count = map.view.count();
  int64_t ours = 0;
  for (int64_t theirs = 0; theirs < count; ++theirs) {
    visit(static_cast<size_t>(ours), static_cast<size_t>(theirs));
    for (size_t i = rank; i-- > 0;) {
      ours += step[i];
      if (++at[i] < extents[i]) break;
      ours -= step[i] * extents[i];
      at[i] = 0;
    }
  }
}

}  // namespace

std::vector<AxisMap> axis_maps(const Graph& graph, ParamId id, AxisOrder axes) {
  const Param& param = graph.params.at(static_cast<size_t>(id));
  const Shape& s = param.shape;
  if (axes == AxisOrder::torch) return {as_it_is(s)};
  const Op* op = op_with(graph, id);
  if (s.rank() == 4 && op) return of_window(s, *op);
  if (s.rank() == 3) return {{s, {1, 2, 0}, {s[1], s[2], s[0]}}};
  if (s.rank() == 2 && op && std::holds_alternative<MatMul>(op->what)) return of_dense(s, param.image);
  const Shape image = op && s.rank() == 1 ? image_behind(graph, op->inputs.at(0)) : Shape{};
  if (image.rank() == 3 && image.count() == s[0] && !std::holds_alternative<MatMul>(op->what))
    return {{image, {1, 2, 0}, s}};
  if (const PRelu* prelu = op ? std::get_if<PRelu>(&op->what) : nullptr;
      prelu && prelu->axis <= 1 && s.rank() == 1 && graph.value(op->inputs.at(0)).shape.rank() == 3)
    return {{{s[0], 1, 1}, {1, 2, 0}, {1, 1, s[0]}}};  // of one slope, too
  return {as_it_is(s)};
}

std::optional<AxisMap> fitting_map(const Graph& graph, ParamId id, AxisOrder axes, const Shape& theirs) {
  const std::vector<AxisMap> maps = axis_maps(graph, id, axes);
  for (const AxisMap& map : maps)
    if (map.theirs == theirs) return map;
  for (const AxisMap& map : maps)
    if (without_ones(map.theirs) == without_ones(theirs)) return map;
  return {};
}

std::vector<float> to_ours(const AxisMap& map, std::span<const float> theirs) {
  std::vector<float> ours(theirs.size());
  walk(map, [&](size_t here, size_t there) { ours[here] = theirs[there]; });
  return ours;
}

std::vector<float> to_theirs(const AxisMap& map, std::span<const float> ours) {
  std::vector<float> theirs(ours.size());
  walk(map, [&](size_t here, size_t there) { theirs[there] = ours[here]; });
  return theirs;
}

}  // namespace nn
