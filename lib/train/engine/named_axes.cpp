// SPDX-License-Identifier: MIT
#include "train/engine/named_axes.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/log.h"
#include "base/text/names.h"

namespace nn {
namespace {

const Op* maker_of(const Graph& graph, ValueId value) {
  for (const Op& op : graph.ops)
    if (op.output == value) return &op;
  return nullptr;
}

template <class... Kinds>
bool is_any(const Op& op) {
  return (std::holds_alternative<Kinds>(op.what) || ...);
}

}  // namespace

NamedAxes::End NamedAxes::end_of(const char* singular, const char* plural, std::vector<std::string> there,
                                 std::vector<std::string> here) {
  End end{singular, plural, std::move(there), std::move(here), {}};
  end.by_name = !end.there.empty() && !end.here.empty() && end.there != end.here;
  if (!end.by_name) return end;
  const NameIndex index(end.there);
  for (const std::string& name : end.here) end.from.push_back(index.find(name));
  return end;
}

NamedAxes::NamedAxes(const Graph& graph, const EndNames& there, const EndNames& here)
    : graph_(graph),
      outputs_(end_of("class or target", "classes or targets", there.outputs, here.outputs)),
      inputs_(end_of("feature", "features", there.inputs, here.inputs)),
      first_(graph.params.size()),
      second_(graph.params.size()) {
  if (outputs_.by_name) spread(outputs_, graph_.output(), true);
  if (inputs_.by_name) spread(inputs_, graph_.input(), false);
}

/// Parameters of the op that have a value per name; one value for all names has no name.
void NamedAxes::mark(const Op& op, End& end) {
  for (const ParamId p : op.params)
    if (graph_.params[static_cast<size_t>(p)].shape[0] == static_cast<int64_t>(end.here.size())) {
      first_[static_cast<size_t>(p)] = {&end};
      end.matched = true;
    }
}

/// Backwards from what puts values of several layers, or some of a layer's, in one place.
void NamedAxes::mark_makers_of_some(const Op& joint, const End& end) {
  std::vector<bool> seen(graph_.values.size());
  for (std::vector<ValueId> open = joint.inputs; !open.empty();) {
    const ValueId value = open.back();
    open.pop_back();
    const Op* maker = maker_of(graph_, value);
    if (seen[static_cast<size_t>(value)] || !maker) continue;
    seen[static_cast<size_t>(value)] = true;
    for (const ParamId p : maker->params) first_[static_cast<size_t>(p)] = {&end, true};
    if (maker->params.empty() || traits_of(maker->what).keeps_places)
      open.insert(open.end(), maker->inputs.begin(), maker->inputs.end());
  }
}

/// The same forwards, to the dense layers that read it.
void NamedAxes::mark_readers_of_some(const Op& joint, const End& end) {
  std::vector<bool> seen(graph_.values.size());
  for (std::vector<ValueId> open{joint.output}; !open.empty();) {
    const ValueId value = open.back();
    open.pop_back();
    if (seen[static_cast<size_t>(value)] || graph_.value(value).shape.rank() != 1) continue;
    seen[static_cast<size_t>(value)] = true;
    for (const Op& op : graph_.ops) {
      if (std::find(op.inputs.begin(), op.inputs.end(), value) == op.inputs.end()) continue;
      const bool dense = std::holds_alternative<MatMul>(op.what);
      if (dense) second_[static_cast<size_t>(op.params.at(0))] = {&end, true};
      if (dense || is_loss(op)) continue;
      for (const ParamId p : op.params) first_[static_cast<size_t>(p)] = {&end, true};
      open.push_back(op.output);
    }
  }
}

/// From a value with one value (or plane) a name to all that have that, too: backwards to the layers that make them,
/// forwards to the dense layers that read them.
void NamedAxes::spread(End& end, ValueId start, bool through_planes) {
  const auto keeps = [&](const Op& op) {
    return traits_of(op.what).keeps_places || is_any<Reshape>(op) || (through_planes && is_any<Pool>(op));
  };
  const auto joins = [](const Op& op) { return is_any<Concat, Slice, Shuffle>(op); };
  std::vector<bool> seen(graph_.values.size());
  for (std::vector<ValueId> open{start}; !open.empty();) {
    const ValueId value = open.back();
    open.pop_back();
    const Shape& shape = graph_.value(value).shape;
    if (seen[static_cast<size_t>(value)] || shape.rank() == 0 || (shape.rank() > 1 && !through_planes) ||
        shape[0] != static_cast<int64_t>(end.here.size()))
      continue;
    seen[static_cast<size_t>(value)] = true;
    if (const Op* maker = maker_of(graph_, value)) {
      mark(*maker, end);
      if (joins(*maker)) mark_makers_of_some(*maker, end);
      if (keeps(*maker)) open.insert(open.end(), maker->inputs.begin(), maker->inputs.end());
    }
    for (const Op& op : graph_.ops) {
      if (std::find(op.inputs.begin(), op.inputs.end(), value) == op.inputs.end()) continue;
      if (std::holds_alternative<MatMul>(op.what) && shape.rank() == 1)
        second_[static_cast<size_t>(op.params.at(0))] = {&end}, end.matched = true;
      else if (joins(op))
        mark_readers_of_some(op, end);
      else if (keeps(op))
        open.push_back(op.output);
    }
  }
}

std::vector<int64_t> NamedAxes::map(const Mark& mark, int64_t here, int64_t there, std::string& why_not) {
  const End* end = mark.end;
  if (!end) {
    std::vector<int64_t> same(static_cast<size_t>(here));
    std::iota(same.begin(), same.end(), int64_t{0});
    return same;
  }
  if (mark.some) {
    why_not = fmt::format(
        "{} have other names or another order there, and this layer has only some of them, or others "
        "beside them",
        end->plural);
    return {};
  }
  if (there != static_cast<int64_t>(end->there.size())) {
    why_not = fmt::format("{} rows or columns there for {} {}", there, end->there.size(), end->plural);
    return {};
  }
  if (std::all_of(end->from.begin(), end->from.end(), [](int64_t from) { return from < 0; }))
    why_not = fmt::format("the two sides have no {} in common", end->singular);  // sentences() lists them
  return end->from;
}

NamedAxes::Places NamedAxes::places(ParamId param, const Shape& there) const {
  const Shape& here = graph_.params[static_cast<size_t>(param)].shape;
  const Mark &first = first_[static_cast<size_t>(param)], &second = second_[static_cast<size_t>(param)];
  Places places;
  bool same = here.rank() == there.rank();
  for (size_t axis = 0; same && axis < here.rank(); ++axis)
    same = here[axis] == there[axis] || (axis == 0 && first.end) || (axis == 1 && second.end);
  if (!same) {
    places.why_not = fmt::format("{} here, {} there", here.text(), there.text());
    return places;
  }
  const auto extent = [](const Shape& s, size_t axis) { return axis < s.rank() ? s[axis] : 1; };
  places.rows = map(first, extent(here, 0), extent(there, 0), places.why_not);
  places.columns = map(second, extent(here, 1), extent(there, 1), places.why_not);
  places.columns_there = extent(there, 1);
  for (size_t axis = 2; axis < here.rank(); ++axis) places.inner *= here[axis];
  return places;
}

void NamedAxes::Places::copy(std::span<const float> from, std::span<double> to) const {
  for (size_t i = 0; i < rows.size(); ++i)
    for (size_t j = 0; j < columns.size(); ++j) {
      if (rows[i] < 0 || columns[j] < 0) continue;
      const auto source = static_cast<size_t>((rows[i] * columns_there + columns[j]) * inner),
                 target = (i * columns.size() + j) * static_cast<size_t>(inner);
      for (size_t k = 0; k < static_cast<size_t>(inner); ++k) to[target + k] = static_cast<double>(from[source + k]);
    }
}

std::vector<std::string> NamedAxes::sentences() const {
  std::vector<std::string> all;
  for (const End* end : {&outputs_, &inputs_}) {
    if (!end->by_name || !end->matched) continue;
    const std::vector<std::string> fresh = names_lacking(end->here, end->there),
                                   gone = names_lacking(end->there, end->here);
    std::string text = fmt::format("{} matched by name: {} of {} known there", end->plural,
                                   end->here.size() - fresh.size(), end->here.size());
    if (!fresh.empty()) text += fmt::format("; new, with initial values: {}", quoted_list(fresh));
    if (!gone.empty()) text += fmt::format("; not used: {}", quoted_list(gone));
    all.push_back(printable(text));
  }
  return all;
}

}  // namespace nn
