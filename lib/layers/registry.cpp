// SPDX-License-Identifier: MIT
// The tables of layers and initialisers, written out so that the linker keeps every entry.
#include <algorithm>

#include "base/error.h"
#include "layers/initializer.h"
#include "layers/layer.h"

namespace nn {

#define PLUGIN_TYPE LayerType
#define PLUGIN_TABLE layer_types
#define PLUGIN_OBJECT(name) name##_layer
#define PLUGIN_LIST "layers/layers.def"
#include "base/plugin_table.inc"

#define PLUGIN_TYPE InitializerType
#define PLUGIN_TABLE initializer_types
#define PLUGIN_OBJECT(name) name##_initializer
#define PLUGIN_LIST "layers/initializers.def"
#include "base/plugin_table.inc"

namespace {

Spec initializer_spec(std::string_view text) {
  std::string with_commas(text);
  std::replace(with_commas.begin(), with_commas.end(), ':', ',');
  return parse_spec(with_commas, ',');
}

}  // namespace

Configured<Initializer> make_initializer(std::string_view text, const std::string& framework) {
  return make_from_spec(initializer_types(), initializer_spec(text), "initializer", framework);
}

std::string spelled_initializer(std::string_view text, const std::string& framework) {
  const auto spelled = [&](const std::string& by) {
    const Configured<Initializer> made = make_initializer(text, by);
    return spec_text(made.name, made.options, ',');
  };
  const std::string theirs = spelled(framework);
  return theirs == spelled("") ? std::string(text) : theirs;
}

Shape UnaryLayer::output_shape(std::span<const Shape> x) const {
  if (x.size() != 1) throw Error("expected one input, found " + value_text(static_cast<uint64_t>(x.size())));
  return output_shape(x[0]);
}

std::vector<Shape> LayerExample::inputs() const {
  std::vector<Shape> all{input};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

ValueId Lowering::op(OpParams what, std::vector<ValueId> inputs, Shape shape, std::vector<ParamId> params) {
  return op_of({std::move(shape)}, std::move(what), std::move(inputs), std::move(params));
}

ValueId Lowering::op_of(Value output, OpParams what, std::vector<ValueId> inputs, std::vector<ParamId> params) {
  const auto id = static_cast<ValueId>(graph_.values.size());
  graph_.values.push_back(std::move(output));
  graph_.ops.push_back({std::move(what), std::move(inputs), id, std::move(params), layer_});
  check_inputs(graph_.ops.back());
  graph_.outputs = {id};
  return id;
}

Shape image_behind(const Graph& graph, ValueId value) {
  for (auto op = graph.ops.rbegin(); op != graph.ops.rend(); ++op) {
    if (op->output != value) continue;
    const Shape& from = graph.values[static_cast<size_t>(op->inputs[0])].shape;
    if (std::holds_alternative<Reshape>(op->what) && from.rank() == 3) return from;
    if (!traits_of(op->what).keeps_places) break;
    value = op->inputs[0];
  }
  return {};
}

ParamId Lowering::param(Param param) {
  param.layer = layer_;
  graph_.params.push_back(std::move(param));
  return static_cast<ParamId>(graph_.params.size() - 1);
}

}  // namespace nn
