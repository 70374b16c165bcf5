// SPDX-License-Identifier: MIT
// One layer on its own in the ref backend: made from its text, closed with mse, filled with values that lie away from
// kinks and ties, and differentiated by finite differences.
#pragma once

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "base/rng.h"
#include "layers/initializer.h"
#include "layers/layer.h"
#include "random/torch.h"

namespace nn::test {

/// A layer made from one word of the layer language.
struct Made {
  std::unique_ptr<Layer> layer;
  std::unique_ptr<OptionSet> options = std::make_unique<OptionSet>();
  explicit Made(const std::string& text) {
    const Spec spec = parse_spec(text, ':');
    layer = find_in(layer_types(), spec.name, "layer").make();
    layer->options(*options);
    apply_spec(spec, *options);
    layer->check();
  }
};

/// shapes: of its inputs. The first is the input of the graph, the others are made of it by a dense layer each.
inline Graph graph_of_inputs(const Layer& layer, const std::vector<Shape>& shapes, const std::string& default_init = {},
                             const Value* first = nullptr) {
  Graph graph;
  std::vector<ValueId> x{graph.add_input("input", first ? *first : Value{shapes.at(0)})};
  for (size_t i = 1; i < shapes.size(); ++i) {
    Lowering beside(graph, "beside" + std::to_string(i));
    const int64_t in = shapes[0].count(), out = shapes[i].count();
    const ParamId weight = beside.param({"", "weight", {out, in}, true, "kaiming_uniform", in, out});
    const ValueId row = beside.op(MatMul{in, out}, {beside.op(Reshape{}, {x[0]}, {in})}, {out}, {weight});
    x.push_back(beside.op(Reshape{}, {row}, shapes[i]));
  }
  Lowering to(graph, "it", default_init);
  graph.outputs = {layer.lower(to, x)};
  return graph;
}
inline Graph graph_of_example(const Layer& layer, const LayerExample& e) {
  const Value first = e.input_value();
  return graph_of_inputs(layer, e.inputs(), {}, &first);
}
inline Graph graph_of(const Layer& layer, const Shape& input, const std::string& default_init = {}) {
  return graph_of_inputs(layer, {input}, default_init);
}

/// The same words whenever they are asked for.
class FixedWords final : public RandomSource {
 public:
  void words(int op, std::span<uint32_t> out) override { Philox(static_cast<uint64_t>(op), "words").words(out); }
};

class Specimen {
 public:
  static constexpr int64_t batch = 3;
  Specimen(const Layer& layer, const LayerExample& example)
      : graph_(graph_of_example(layer, example)), backend_(make_backend("ref", 1)) {
    pool_rows();
    graph_.add_loss(MseLoss{});
    memory_ = backend_->allocate(graph_, 0);
    Philox stream(7, "specimen");
    TorchGenerator draws(7);
    for (size_t id = 0; id < graph_.params.size(); ++id) {
      const Param& p = graph_.params[id];
      std::vector<double> values(static_cast<size_t>(p.shape.count()));
      make_initializer(p.init)->fill(p, draws, values);
      if (p.name != "running_var")
        for (double& v : values) v += 0.1 * stream.normal();
      memory_->write(Part::weights, static_cast<ParamId>(id), values);
    }
    PlanOptions options;
    options.batch = batch;
    options.training = true;
    options.input_gradient = true;
    const Value& input = graph_.value(graph_.input());
    if (input.ragged) options.rows = batch * input.most;
    plan_ = backend_->compile(graph_, options, *memory_);
    auto in = plan_->inputs();
    for (size_t i = 0; i + 1 < in.start.size(); ++i)
      in.start[i + 1] = in.start[i] + std::min<int64_t>(input.most, 1 + 2 * static_cast<int64_t>(i));
    for (size_t i = 0; i < in.ids.size(); ++i)
      in.ids[i] = static_cast<int32_t>(5 * i % static_cast<size_t>(example.vocabulary));
    const auto order = stream.permutation(static_cast<int64_t>(in.x.size()));
    const double middle = static_cast<double>(in.x.size()) / 2;
    for (size_t i = 0; i < in.x.size(); ++i)
      in.x[i] = static_cast<float>(0.037 * (static_cast<double>(order[i]) - std::floor(middle) + 0.3));
    for (float& t : in.targets) t = static_cast<float>(stream.normal());
  }

  double total() {
    plan_->forward(&words_);
    return plan_->loss() + memory_->add_penalties();
  }
  void differentiate() {
    plan_->forward(&words_);
    plan_->backward();
    memory_->add_penalties();
  }
  const Graph& graph() const { return graph_; }
  Memory& memory() { return *memory_; }
  Plan& plan() { return *plan_; }

 private:
  /// A loss is of samples.
  void pool_rows() {
    const Value output = graph_.value(graph_.output());
    if (!output.ragged || output.type != ElementType::float32) return;
    Lowering behind(graph_, "behind");
    graph_.outputs = {behind.op(SegmentPool{SegmentPool::Kind::mean}, {graph_.output()}, output.shape)};
  }
  Graph graph_;
  std::unique_ptr<Backend> backend_;
  std::unique_ptr<Memory> memory_;
  std::unique_ptr<Plan> plan_;
  FixedWords words_;
};

}  // namespace nn::test
