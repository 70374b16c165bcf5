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

Value LayerExample::input_value() const {
  return {input, vocabulary > 0 ? ElementType::int32 : ElementType::float32, ragged, ragged ? int64_t{5} : 0};
}

std::string text_of(const Value& value) {
  if (!value.ragged) return value.shape.text();
  const std::string what = value.type == ElementType::int32 ? "ids" : "rows of " + value.shape.text();
  return value.most > 0 ? what + ", " + value_text(value.most) + " a sample at most" : what;
}

Value output_of(const Layer& layer, std::span<const Value> x) {
  std::vector<Shape> shapes;
  for (const Value& value : x) {
    shapes.push_back(value.shape);
    const bool ids = value.type == ElementType::int32;
    if (ids && layer.ids() == Ids::refused)
      throw Error("expected numbers, found ids of words: 'embed' makes rows of them");
    if (!ids && layer.ids() != Ids::refused) throw Error("expected ids of words, found " + text_of(value));
    if (value.ragged && layer.rows() == Rows::refused)
      throw Error("expected samples of one shape, found " + text_of(value) +
                  ": 'pool' makes one of the rows of a sample");
    if (!value.ragged && (layer.rows() == Rows::joined || layer.rows() == Rows::ended))
      throw Error("expected samples of any number of rows, as 'tokens' and 'embed' make them, found " + text_of(value));
    if (value.ragged != x[0].ragged)
      throw Error("expected rows in all inputs or in none, found " + text_of(x[0]) + " and " + text_of(value));
  }
  Value y{layer.output_shape(shapes)};
  if (!x[0].ragged || layer.rows() == Rows::ended) return y;
  y.ragged = true;
  y.most = x[0].most;
  if (layer.ids() == Ids::passed) y.type = ElementType::int32;
  if (const int64_t most = layer.most_rows(); most > 0) {
    if (y.most > most) throw Error("expected " + value_text(most) + " rows a sample at most, found " + text_of(x[0]));
    y.most = y.most > 0 ? std::min(y.most, most) : most;
  }
  return y;
}

ValueId Lowering::op(OpParams what, std::vector<ValueId> inputs, Shape shape, std::vector<ParamId> params) {
  return op_of({std::move(shape)}, std::move(what), std::move(inputs), std::move(params));
}

ValueId Lowering::op_of(Value output, OpParams what, std::vector<ValueId> inputs, std::vector<ParamId> params) {
  const auto id = static_cast<ValueId>(graph_.values.size());
  const Rows rows = traits_of(what).rows;
  const Value& first = graph_.value(inputs.at(0));
  if (first.ragged && (rows == Rows::each || rows == Rows::joined)) output.ragged = true, output.most = first.most;
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

ParamId Lowering::find_param(const std::string& name, const Shape& shape) const {
  for (size_t i = 0; i < graph_.params.size(); ++i)
    if (graph_.params[i].name == name && graph_.params[i].shape == shape) return static_cast<ParamId>(i);
  return -1;
}

ParamId Lowering::param(Param param) {
  param.layer = layer_;
  graph_.params.push_back(std::move(param));
  return static_cast<ParamId>(graph_.params.size() - 1);
}

}  // namespace nn
