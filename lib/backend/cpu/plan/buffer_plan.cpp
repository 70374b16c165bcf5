// SPDX-License-Identifier: MIT
#include "backend/cpu/plan/buffer_plan.h"

#include <algorithm>
#include <numeric>

namespace nn::cpu {
namespace {

/// Of such a sample planes and pixels lie alike: as numbers, one a channel.
bool is_flat(const Shape& sample) {
  return sample.rank() == 1 || (sample.rank() == 3 && sample[1] == 1 && sample[2] == 1);
}

bool is_alias(const Op& op, bool training) {
  return std::holds_alternative<Reshape>(op.what) || (!training && std::holds_alternative<Dropout>(op.what));
}

}  // namespace

BufferPlan::BufferPlan(const Graph& graph, const PlanOptions& options, const KernelChoices& choices,
                       const Kernels& kernels)
    : extent{options.batch, options.tiles, round_up(ceil_of(options.batch, options.tiles), kernels.lanes)},
      row_extent{options.rows, 1, round_up(options.rows, kernels.lanes)} {
  group(graph, options, choices, kernels);
  choose_remade(graph, options);
  choose_layouts(graph);
  passing.assign(graph.values.size(), false);
  place(graph, options);
}

void BufferPlan::group(const Graph& graph, const PlanOptions& options, const KernelChoices& choices,
                       const Kernels& kernels) {
  inside.assign(graph.values.size(), false);
  const std::vector<const Op*> only_readers = graph.only_readers();
  for (size_t i = 0; i < graph.ops.size();) {
    Group g{.first = i, .count = 1, .pattern = nullptr, .alias = is_alias(graph.ops[i], options.training)};
    const Chain chain(graph, only_readers, i, options, choices, kernels);
    for (const Pattern* p : candidates(chain)) {
      const size_t n = p->does(graph.value(chain.op(0).inputs[0]).ragged) ? p->match(chain) : 0;
      if (n == 0) continue;
      g.count = n;
      g.pattern = p;
      break;
    }
    g.inputs = inputs_of(graph, i, g.count);
    for (size_t k = 0; k + 1 < g.count; ++k) inside[static_cast<size_t>(graph.ops[i + k].output)] = true;
    groups.push_back(g);
    i += g.count;
  }
}

/// What patterns say of each other: a step whose output may lie nowhere, and a later one that would make it.
void BufferPlan::choose_remade(const Graph& graph, const PlanOptions& options) {
  remade.assign(graph.values.size(), false);
  if (!options.training) return;
  const std::vector<const Op*> only_readers = graph.only_readers();
  const auto what = [&](const Group& g) { return std::span(graph.ops).subspan(g.first, g.count); };
  for (const Group& g : groups) {
    const ValueId y = graph.ops[g.first + g.count - 1].output;
    const Op* reader = only_readers[static_cast<size_t>(y)];
    if (!reader || !g.pattern || !g.pattern->hands_on || !g.pattern->hands_on(what(g))) continue;
    const auto r = std::ranges::lower_bound(groups, static_cast<size_t>(reader - graph.ops.data()), {}, &Group::first);
    remade[static_cast<size_t>(y)] = r != groups.end() && &graph.ops[r->first] == reader && r->pattern &&
                                     r->pattern->remakes && r->pattern->remakes(what(*r), options);
  }
}

/// Values that a step wants in one layout are of one class of it. A class lies in the first of the layouts that all its
/// makers give and all its readers take; rows are always among them. A flat value is in rows wherever pixels are meant.
void BufferPlan::choose_layouts(const Graph& graph) {
  std::vector<size_t> tied(graph.values.size());
  std::iota(tied.begin(), tied.end(), size_t{0});
  const auto class_of = [&](ValueId v) {
    size_t i = static_cast<size_t>(v);
    while (tied[i] != i) i = tied[i] = tied[tied[i]];
    return i;
  };
  std::vector<Layouts> possible(graph.values.size(), all_layouts);
  const auto allow = [&](ValueId v, Layouts layouts) {
    if (graph.value(v).ragged) layouts = only(Layout::nchw);
    if (has(layouts, Layout::nchw) && is_flat(graph.value(v).shape)) layouts = layouts | Layout::nhwc;
    possible[static_cast<size_t>(v)] &= layouts;
  };
  for (const Input& input : graph.inputs) allow(input.value, only(Layout::nchw));
  for (const ValueId v : graph.outputs) allow(v, only(Layout::nchw));
  const auto output_of = [&](const Group& g) { return graph.ops[g.first + g.count - 1].output; };
  for (const Group& g : groups) {
    const Op& op = graph.ops[g.first];
    Layouts takes = g.pattern ? g.pattern->in : only(Layout::nchw), gives = g.pattern ? g.pattern->out : takes;
    // A reshape keeps the order of the elements, which only planes side by side have in common with a row.
    if (g.alias)
      gives = takes = std::holds_alternative<Reshape>(op.what) ? Layout::nchw | Layout::batch_innermost : all_layouts;
    for (size_t i = 0; i < g.inputs.size(); ++i) {
      const bool added = i >= op.inputs.size();  // element by element, by a later op
      allow(g.inputs[i], added ? gives : takes);
      if (added || g.alias || (g.pattern && g.pattern->same)) tied[class_of(g.inputs[i])] = class_of(output_of(g));
    }
    allow(output_of(g), gives);
  }
  for (size_t v = 0; v < possible.size(); ++v) possible[class_of(static_cast<ValueId>(v))] &= possible[v];
  lay.assign(graph.values.size(), Layout::nchw);
  for (const Group& g : groups)
    for (const Layout l : {Layout::batch_innermost, Layout::nhwc})
      if (has(possible[class_of(output_of(g))], l)) {
        if (l != Layout::nhwc || !is_flat(graph.value(output_of(g)).shape)) lay[static_cast<size_t>(output_of(g))] = l;
        break;
      }
}

/// Every value of floats outside of a step has an array of its own, but for aliases; gradients likewise, where they are
/// wanted.
void BufferPlan::place(const Graph& graph, const PlanOptions& options) {
  const size_t n = graph.values.size();
  std::vector<int> readers(n);
  wanted.assign(n, false);
  alias.assign(n, false);
  value.assign(n, -1);
  gradient.assign(n, -1);
  for (const Op& op : graph.ops)
    for (const ValueId v : op.inputs) ++readers[static_cast<size_t>(v)];
  const auto array_of = [&](size_t v) {
    const int64_t begin = size;
    size += round_up(extent_of(graph.values[v]).size(lay[v], graph.values[v].shape), 16);
    return begin;
  };
  const bool passes = !options.training && options.fuse;
  std::vector<bool> kept(n);  // outputs, and what they are aliases of
  for (const ValueId v : graph.outputs) kept[static_cast<size_t>(v)] = true;
  for (auto op = graph.ops.rbegin(); op != graph.ops.rend(); ++op)
    if (kept[static_cast<size_t>(op->output)] && is_alias(*op, options.training))
      kept[static_cast<size_t>(op->inputs[0])] = true;
  for (const Input& input : graph.inputs) {
    const size_t v = static_cast<size_t>(input.value);
    if (graph.values[v].type == ElementType::float32) value[v] = array_of(v);
    wanted[v] = options.training && options.input_gradient && input.value == graph.input();
    if (wanted[v]) gradient[v] = array_of(v);
  }
  for (const Op& op : graph.ops) {
    const size_t out = static_cast<size_t>(op.output);
    bool asked = false;
    for (const ParamId p : op.params) asked = asked || graph.params[static_cast<size_t>(p)].trainable;
    for (const ValueId v : op.inputs) asked = asked || wanted[static_cast<size_t>(v)];
    wanted[out] = asked && options.training;
    if (is_loss(op) || inside[out]) continue;
    const bool same = is_alias(op, options.training);
    const size_t in = same ? static_cast<size_t>(op.inputs[0]) : 0;
    alias[out] = same;
    if (passes && graph.values[out].ragged && !kept[out]) {
      passing[out] = true;
      continue;
    }
    if (!remade[out]) value[out] = same ? value[in] : array_of(out);
    if (!wanted[out]) continue;
    gradient[out] = same && readers[in] == 1 && wanted[in] ? gradient[in] : array_of(out);
  }
  if (passes && graph.is_ragged()) place_passing(graph);
  size += 64;  // kernels may read a vector beyond a last row
}

/// An array is free again for what is made behind the attention before which it was read last.
void BufferPlan::place_passing(const Graph& graph) {
  std::vector<int> made(graph.values.size()), read(graph.values.size());
  std::vector<size_t> root(graph.values.size());
  std::iota(root.begin(), root.end(), size_t{0});
  int attentions = 0;
  for (const Group& g : groups) {
    const Op& first = graph.ops[g.first];
    attentions += std::holds_alternative<Attention>(first.what);
    const auto out = static_cast<size_t>(graph.ops[g.first + g.count - 1].output);
    if (g.alias) root[out] = root[static_cast<size_t>(first.inputs[0])];
    made[out] = attentions;
    for (const ValueId v : g.inputs) read[root[static_cast<size_t>(v)]] = attentions;
  }
  struct Array {
    int64_t begin, size;
    int free;  // from this number of attentions on
  };
  std::vector<Array> arrays;
  for (size_t v = 0; v < root.size(); ++v) {
    if (!passing[v]) continue;
    if (root[v] != v) {
      value[v] = value[root[v]];
      continue;
    }
    const int64_t wanted = round_up(row_extent.size(lay[v], graph.values[v].shape), 16);
    Array* best = nullptr;
    for (Array& a : arrays)
      if (a.free <= made[v] && a.size >= wanted && (!best || a.size < best->size)) best = &a;
    if (!best) {
      arrays.push_back({size, wanted, 0});
      best = &arrays.back();
      size += wanted;
    }
    value[v] = best->begin;
    best->free = std::max(read[v], made[v]) + 1;
  }
}

}  // namespace nn::cpu
