// SPDX-License-Identifier: MIT
#include "graph/cost.h"

#include <algorithm>

namespace nn {
namespace {

constexpr double float_bytes = 4;

/// Of a ragged value as many rows as it may have.
OpSizes sizes_of(const Graph& graph, const Op& op, int64_t batch) {
  const auto rows = [&](ValueId v) {
    return static_cast<double>(graph.value(v).ragged ? std::max<int64_t>(graph.value(v).most, 1) : 1);
  };
  const auto size = [&](ValueId v) { return static_cast<double>(batch * graph.value(v).shape.count()) * rows(v); };
  OpSizes s{size(op.inputs.at(0)), size(op.output), 0, 0, 0, rows(op.inputs.at(0)), false, false, false};
  for (const ParamId p : op.params) s.params += static_cast<double>(graph.params[static_cast<size_t>(p)].shape.count());
  if (!op.params.empty())
    s.weights = static_cast<double>(graph.params[static_cast<size_t>(op.params[0])].shape.count());
  if (op.params.size() > 1) s.bias = s.out;
  return s;
}

/// By value: something before it is trained, so its gradient is asked for.
std::vector<bool> wanted_gradients(const Graph& graph) {
  std::vector<bool> wanted(graph.values.size());
  for (const Op& op : graph.ops) {
    bool any = false;
    for (ValueId v : op.inputs) any = any || wanted[static_cast<size_t>(v)];
    for (ParamId p : op.params) any = any || graph.params[static_cast<size_t>(p)].trainable;
    wanted[static_cast<size_t>(op.output)] = any;
  }
  return wanted;
}

}  // namespace

OpCost OpSizes::product(double multiply_adds) const {
  OpCost cost{{2 * multiply_adds + bias, float_bytes * (in + params + out)}, {}};
  if (weights_wanted) cost.backward += {2 * multiply_adds + bias, float_bytes * (in + out + params)};
  if (input_wanted) cost.backward += {2 * multiply_adds, float_bytes * (out + weights + in)};
  return cost;
}

OpCost OpSizes::each(double operations, double gradient_operations, double gradient_reads) const {
  OpCost cost{{operations * out, float_bytes * (in + out)}, {}};
  if (input_wanted) cost.backward = {gradient_operations * out, float_bytes * (out + in + gradient_reads)};
  return cost;
}

OpCost OpSizes::pool(const Pool& op) const {
  const double window = static_cast<double>(op.kernel_h * op.kernel_w);
  OpCost cost{{window * out, float_bytes * (in + out)}, {}};
  // The gradient goes to one place of a window, chosen by an index of a byte or so, or to all of them.
  if (input_wanted) cost.backward = {op.kind == Pool::Kind::max ? out : window * out, float_bytes * (out + in)};
  return cost;
}

/// inputs_read, gradient_reads: how often x is read, and how often x and dy are.
OpCost OpSizes::norm(double operations, double inputs_read, double gradient_operations, double gradient_reads) const {
  OpCost cost{{operations * out, float_bytes * (inputs_read * in + out + params)}, {}};
  if (weights_wanted || input_wanted)
    cost.backward = {gradient_operations * out, float_bytes * (gradient_reads * (in + out) + (input_wanted ? in : 0))};
  return cost;
}

OpCost OpSizes::add() const {
  OpCost cost{{out, float_bytes * (2 * in + out)}, {}};
  if (input_wanted) cost.backward = {0, float_bytes * (out + 2 * in)};
  return cost;
}

/// Of all inputs to the output.
OpCost OpSizes::copy() const {
  OpCost cost{{0, float_bytes * 2 * out}, {}};
  if (input_wanted) cost.backward = {0, float_bytes * 2 * out};
  return cost;
}

OpCost OpSizes::embed(int tables) const {
  OpCost cost{{tables * out, float_bytes * ((2 + tables) * out)}, {}};
  if (weights_wanted) cost.backward = {(1 + tables) * out, float_bytes * (out + params)};
  return cost;
}

/// Scores, softmax and the sum of the values; the gradient makes the scores again, and four products of that size.
OpCost OpSizes::attention() const {
  const double scores = out * together;  // multiply-adds of one product
  OpCost cost{{4 * scores, float_bytes * (in + out)}, {}};
  if (input_wanted || weights_wanted) cost.backward = {10 * scores, float_bytes * (2 * in + out)};
  return cost;
}

OpCost OpSizes::loss(double operations) const {
  OpCost cost{{operations * in, float_bytes * in}, {}};
  if (input_wanted) cost.backward = {2 * in, float_bytes * 2 * in};
  return cost;
}

std::vector<OpCost> costs_of(const Graph& graph, int64_t batch, bool training) {
  const std::vector<bool> wanted = wanted_gradients(graph);
  std::vector<OpCost> costs;
  for (const Op& op : graph.ops) {
    bool weights = false, input = false;
    for (ParamId p : op.params) weights = weights || graph.params[static_cast<size_t>(p)].trainable;
    for (ValueId v : op.inputs) input = input || wanted[static_cast<size_t>(v)];
    OpSizes sizes = sizes_of(graph, op, batch);
    sizes.training = training;
    sizes.weights_wanted = training && weights;
    sizes.input_wanted = training && input;
    costs.push_back(std::visit(
        [&](const auto& what) { return std::get<OpRow<std::decay_t<decltype(what)>>>(op_table).cost(sizes, what); },
        op.what));
  }
  return costs;
}

double direct_flops(const Graph& graph, int64_t batch) {
  Graph products = graph;
  for (Op& op : products.ops)
    if (op.params.size() > 1) op.params.resize(1);  // biases are not counted
  const std::vector<OpCost> costs = costs_of(products, batch, true);
  double sum = 0;
  for (size_t i = 0; i < costs.size(); ++i)
    if (const OpParams& what = graph.ops[i].what; std::holds_alternative<MatMul>(what) ||
                                                  std::holds_alternative<Conv>(what) ||
                                                  std::holds_alternative<Deconv>(what))
      sum += costs[i].forward.flops + costs[i].backward.flops;
  return sum;
}

Cost update_cost(const Graph& graph, int slots, double flops_per_weight) {
  double n = 0;
  for (const Param& p : graph.params)
    if (p.trainable) n += static_cast<double>(p.shape.count());
  return {flops_per_weight * n, float_bytes * n * (3 + 2 * slots)};
}

}  // namespace nn
