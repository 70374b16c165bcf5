// SPDX-License-Identifier: MIT
#include "graph/cost.h"

namespace nn {
namespace {

constexpr double float_bytes = 4;

/// What one op does for a whole batch: filled by the overloads of count().
struct Counter {
  const Graph& graph;
  const Op& op;
  int64_t batch;
  bool training;
  bool weights_wanted, input_wanted;  ///< gradients that backward is asked for
  OpCost cost;

  double size(ValueId v) const {
    return static_cast<double>(batch * graph.values[static_cast<size_t>(v)].shape.count());
  }
  double in() const { return size(op.inputs.at(0)); }
  double out() const { return size(op.output); }
  double params() const {
    double n = 0;
    for (ParamId p : op.params) n += static_cast<double>(graph.params[static_cast<size_t>(p)].shape.count());
    return n;
  }
  double weights() const {
    return static_cast<double>(graph.params[static_cast<size_t>(op.params.at(0))].shape.count());
  }
  double bias() const { return op.params.size() > 1 ? out() : 0; }

  void forward(double flops, double values) { cost.forward = {flops, float_bytes * values}; }
  void backward(double flops, double values) { cost.backward = {flops, float_bytes * values}; }

  /// A product with weights: each of the two gradients takes the arithmetic of forward.
  void product(double multiply_adds) {
    forward(2 * multiply_adds + bias(), in() + params() + out());
    if (weights_wanted) cost.backward += {2 * multiply_adds + bias(), float_bytes * (in() + out() + params())};
    if (input_wanted) cost.backward += {2 * multiply_adds, float_bytes * (out() + weights() + in())};
  }
  /// So many operations an element, with gradients that need so many values beside dy and dx.
  void each(double operations, double backward_operations, double values_kept) {
    forward(operations * out(), in() + out());
    if (input_wanted) backward(backward_operations * out(), out() + in() + values_kept);
  }

  void count(const Input&) {}
  void count(const MatMul& m) { product(static_cast<double>(batch * m.in * m.out)); }
  void count(const Conv& c) {
    product(out() * static_cast<double>(c.in_channels / c.groups * c.kernel_h * c.kernel_w));
  }
  void count(const Pool& p) {
    const double window = static_cast<double>(p.kernel_h * p.kernel_w);
    forward(window * out(), in() + out());
    // The gradient goes to one place of a window, chosen by an index of a byte or so, or to all of them.
    if (input_wanted) backward(p.kind == Pool::Kind::max ? out() : window * out(), out() + in());
  }
  void count(const BatchNorm&) {
    // Sums of x and of its square (3), then a multiply-add (2); two sums of gradients (3), the value again (2), dx (4).
    forward((training ? 5 : 2) * out(), (training ? 2 : 1) * in() + out() + params());
    if (weights_wanted || input_wanted) backward(9 * out(), 2 * (in() + out()) + (input_wanted ? in() : 0));
  }
  void count(const LayerNorm&) {
    forward(7 * out(), in() + out() + params());
    if (weights_wanted || input_wanted) backward(11 * out(), in() + out() + (input_wanted ? in() : 0));
  }
  void count(const Map&) { each(1, 2, in()); }
  void count(const Softmax&) { each(4, 4, out()); }
  void count(const Dropout&) {
    if (training) each(1, 1, 0);
  }
  void count(const Reshape&) {}
  void count(const Add&) {
    forward(out(), 2 * in() + out());
    if (input_wanted) backward(0, out() + 2 * in());
  }
  void loss(double operations) {
    forward(operations * in(), in());
    if (input_wanted) backward(2 * in(), 2 * in());
  }
  void count(const SoftmaxLoss&) { loss(4); }
  void count(const MseLoss&) { loss(3); }
  void count(const BceLoss&) { loss(5); }
};

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

std::vector<OpCost> costs_of(const Graph& graph, int64_t batch, bool training) {
  const std::vector<bool> wanted = wanted_gradients(graph);
  std::vector<OpCost> costs;
  for (const Op& op : graph.ops) {
    bool weights = false, input = false;
    for (ParamId p : op.params) weights = weights || graph.params[static_cast<size_t>(p)].trainable;
    for (ValueId v : op.inputs) input = input || wanted[static_cast<size_t>(v)];
    Counter counter{graph, op, batch, training, training && weights, training && input, {}};
    std::visit([&](const auto& what) { counter.count(what); }, op.what);
    costs.push_back(counter.cost);
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
    if (const OpParams& what = graph.ops[i].what;
        std::holds_alternative<MatMul>(what) || std::holds_alternative<Conv>(what))
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
