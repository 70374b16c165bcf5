// SPDX-License-Identifier: MIT
#include "formats/models/onnx/layout.h"

#include <numeric>

namespace nn {
namespace {

/// Cuts an axis of the view in two, the first of `front` values.
void split_axis(Layout& layout, size_t axis, int64_t front) {
  const auto at = static_cast<std::ptrdiff_t>(axis);
  const int64_t behind = layout.view[axis] / front;
  layout.view[axis] = front;
  layout.view.insert(layout.view.begin() + at + 1, behind);
  for (std::vector<size_t>& list : layout.axes) {
    for (size_t& a : list)
      if (a > axis) ++a;
    for (size_t i = 0; i < list.size(); ++i)
      if (list[i] == axis) {
        list.insert(list.begin() + static_cast<std::ptrdiff_t>(i) + 1, axis + 1);
        break;
      }
  }
}

}  // namespace

std::vector<int64_t> Layout::dims() const {
  std::vector<int64_t> dims;
  for (const std::vector<size_t>& list : axes) {
    int64_t extent = 1;
    for (const size_t a : list) extent *= view[a];
    dims.push_back(extent);
  }
  return dims;
}

bool Layout::in_order() const {
  size_t next = 0;
  for (const std::vector<size_t>& list : axes)
    for (const size_t a : list) {
      if (view[a] == 1) continue;
      if (a < next) return false;
      next = a + 1;
    }
  return true;
}

std::optional<size_t> Layout::axis_that_is(size_t view_axis) const {
  for (size_t i = 0; i < axes.size(); ++i)
    if (axes[i].size() == 1 && axes[i][0] == view_axis) return i;
  return {};
}

Layout plain_layout(const Shape& sample) {
  Layout layout{sample.dims(), {}};
  for (size_t i = 0; i < sample.rank(); ++i) layout.axes.push_back({i});
  return layout;
}

Layout transposed(const Layout& layout, const std::vector<size_t>& order) {
  Layout result{layout.view, {}};
  for (const size_t axis : order) result.axes.push_back(layout.axes[axis]);
  return result;
}

std::optional<Layout> reshaped(Layout layout, const std::vector<int64_t>& dims) {
  std::vector<size_t> sequence;
  std::vector<std::vector<size_t>> all = layout.axes;
  layout.axes.assign(1, {});  // one list, so that a split keeps the order
  for (const std::vector<size_t>& list : all)
    for (const size_t a : list)
      if (layout.view[a] != 1) layout.axes[0].push_back(a);
  std::vector<size_t> ends;
  size_t at = 0;
  for (const int64_t extent : dims) {
    int64_t left = extent;
    while (left > 1) {
      if (at >= layout.axes[0].size()) return {};
      const size_t axis = layout.axes[0][at];
      const int64_t whole = layout.view[axis];
      if (whole > left) {
        if (whole % left != 0) return {};
        split_axis(layout, axis, left);
      } else if (left % whole != 0) {
        return {};
      }
      left /= layout.view[axis];
      ++at;
    }
    ends.push_back(at);
  }
  if (at != layout.axes[0].size()) return {};
  const std::vector<size_t> joined = layout.axes[0];
  layout.axes.clear();
  size_t start = 0;
  for (const size_t end : ends) {
    layout.axes.emplace_back(joined.begin() + static_cast<std::ptrdiff_t>(start),
                             joined.begin() + static_cast<std::ptrdiff_t>(end));
    start = end;
  }
  return layout;
}

std::vector<size_t> our_places(const Layout& layout) {
  std::vector<size_t> steps(layout.view.size(), 1);
  for (size_t i = layout.view.size(); i-- > 1;) steps[i - 1] = steps[i] * static_cast<size_t>(layout.view[i]);
  std::vector<size_t> places{0};
  for (const std::vector<size_t>& list : layout.axes)
    for (const size_t a : list) {
      std::vector<size_t> longer;
      longer.reserve(places.size() * static_cast<size_t>(layout.view[a]));
      for (const size_t place : places)
        for (int64_t i = 0; i < layout.view[a]; ++i) longer.push_back(place + static_cast<size_t>(i) * steps[a]);
      places = std::move(longer);
    }
  return places;
}

std::optional<std::vector<int64_t>> steps_of_constant(const Layout& layout, const std::vector<int64_t>& dims) {
  const std::vector<int64_t> own = layout.dims();
  std::vector<int64_t> steps(layout.view.size(), 0);
  int64_t step = 1;
  for (size_t i = layout.axes.size(); i-- > 0;) {
    if (dims[i] == 1) continue;
    if (dims[i] != own[i]) return {};
    for (size_t k = layout.axes[i].size(); k-- > 0;) {
      steps[layout.axes[i][k]] = step;
      step *= layout.view[layout.axes[i][k]];
    }
  }
  return steps;
}

}  // namespace nn
