// SPDX-License-Identifier: MIT
#include "formats/models/onnx/onnx_model.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/log.h"
#include "formats/models/onnx/layer_text.h"

namespace nn {
namespace {

constexpr int64_t unlikely_batch =
    97;  ///< stands for a batch of any size: no extent of a network is a multiple by chance
constexpr int oldest_opset = 7;

int opset_of(const onnx::ModelProto& proto) {
  int64_t version = 1;
  for (const onnx::OperatorSetIdProto& set : proto.opset_import())
    if (set.domain().empty() || set.domain() == "ai.onnx") version = set.version();
  if (version < oldest_opset || version > 1000)
    throw Error(
        fmt::format("opset {}; expected {} or later: onnx.version_converter makes it so", version, oldest_opset));
  return static_cast<int>(version);
}

/// "[N, 3, ?, ?]"
std::string dims_text(const std::vector<int64_t>& dims) {
  std::vector<std::string> texts;
  for (size_t i = 0; i < dims.size(); ++i) texts.push_back(i == 0 ? "N" : dims[i] > 0 ? std::to_string(dims[i]) : "?");
  return fmt::format("[{}]", fmt::join(texts, ", "));
}

struct GraphInput {
  std::string name;
  std::vector<int64_t> dims;  ///< 0 where the file leaves them open
};

GraphInput input_of(const onnx::GraphProto& graph) {
  std::set<std::string, std::less<>> constants;
  for (const onnx::TensorProto& tensor : graph.initializer()) constants.insert(tensor.name());
  std::vector<const onnx::ValueInfoProto*> inputs;
  for (const onnx::ValueInfoProto& input : graph.input())
    if (!constants.contains(input.name())) inputs.push_back(&input);
  if (inputs.size() != 1) {
    std::vector<std::string> names;
    for (const auto* input : inputs)
      if (names.size() < 8) names.push_back(input->name());
    throw Error(fmt::format("it has {} inputs ({}); networks of one input are read here", inputs.size(),
                            short_name(fmt::format("{}", fmt::join(names, ", ")))));
  }
  GraphInput found{inputs[0]->name(), {}};
  return in_context("input '" + short_name(found.name) + "'", [&] {
    const onnx::TypeProto& type = inputs[0]->type();
    if (!type.has_tensor_type()) throw Error("it is no tensor");
    (void)onnx_element(type.tensor_type().elem_type());
    for (const auto& dim : type.tensor_type().shape().dim())
      found.dims.push_back(dim.has_dim_value() ? dim.dim_value() : 0);
    for (int64_t& d : found.dims) d = std::max<int64_t>(d, 0);
    if (found.dims.size() < 2 || found.dims.size() > 4)
      throw Error("its shape is " + dims_text(found.dims) + "; expected samples {N,D} or images {N,C,H,W}");
    return found;
  });
}

/// The shape with nothing left open. Error that says how to say it.
void complete(GraphInput& input, const Shape& sample, bool& channels_last) {
  std::vector<int64_t>& dims = input.dims;
  if (dims[0] == 0) dims[0] = unlikely_batch;
  const bool is_image = dims.size() == 4;
  channels_last = is_image && dims[3] > 0 && dims[3] <= 4 && (dims[1] == 0 || dims[1] > 4);
  std::vector<int64_t> given = sample.dims();
  if (channels_last && given.size() == 3) given = {sample[1], sample[2], sample[0]};
  for (size_t i = 1; i < dims.size(); ++i)
    if (dims[i] == 0) {
      if (given.size() != dims.size() - 1)
        throw UsageError(fmt::format("input '{}' {} leaves its size open: say it, as --input {}",
                                     short_name(input.name), dims_text(input.dims), is_image ? "3x224x224" : "784"));
      dims[i] = given[i - 1];
    }
  constexpr int64_t most = int64_t{1} << 26;
  if (Shape(std::vector<int64_t>(dims.begin() + 1, dims.end())).count() > most)
    throw Error("input '" + short_name(input.name) + "' " + dims_text(dims) +
                ": larger than any image that is read here");
}

/// The last layer without what the loss does itself, which is told then.
int before_loss(const std::vector<FoundLayer>& layers, int last, const Shape& shape, Model& known) {
  const FoundLayer& layer = layers[static_cast<size_t>(last)];
  if (shape.rank() != 1 || layer.inputs.size() != 1 || layer.inputs[0] < 0) return last;
  if (layer.kind == "softmax" || layer.kind == "log_softmax") return layer.inputs[0];
  if (layer.kind == "sigmoid") return known.loss = "bce", layer.inputs[0];
  if (shape == Shape{1}) known.loss = "mse";
  return last;
}

/// The output in that shape, where a layer can bring it about; images with their channels last stay as they are here.
int output_of(GraphReader& reader, const GraphValue& x, const Shape& shape) {
  const bool channels_last =
      x.layout.view.size() == 3 && x.layout == transposed(plain_layout(Shape(x.layout.view)), {1, 2, 0});
  return channels_last || x.dims.size() == 3 ? x.ours : reader.in_shape(x, shape);
}

ForeignModel read_as(const onnx::ModelProto& proto, int opset, const OnnxPlace& place, const GraphInput& input,
                     bool channels_last) {
  const onnx::GraphProto& graph = proto.graph();
  GraphReader reader(graph, opset, place);
  reader.take_input(input.name, input.dims, channels_last);
  reader.read_nodes();
  if (graph.output_size() < 1) throw Error("the graph has no output");
  ForeignModel model;
  const std::string& name = graph.output(0).name();
  if (graph.output_size() > 1)
    model.notes.push_back(
        fmt::format("of its {} outputs the first is read, '{}'", graph.output_size(), short_name(name)));
  const GraphValue x = reader.value(name);
  if (x.constant) throw Error("its output '" + short_name(name) + "' does not depend on the input");
  if (x.dims.size() < 2) throw Error("its output '" + short_name(name) + "' has no axis besides the batch");
  const bool is_row = std::all_of(x.dims.begin() + 1, x.dims.end() - 1, [](int64_t d) { return d == 1; }) ||
                      std::all_of(x.dims.begin() + 2, x.dims.end(), [](int64_t d) { return d == 1; });
  const Shape shown = is_row ? Shape{Shape(x.sample_dims()).count()} : Shape(x.sample_dims());
  int last = output_of(reader, x, shown);
  const Shape shape = reader.ours(last).shape;
  last = reader.settled(last);
  if (last < 0) throw Error("its output is the input: no layers");
  last = before_loss(reader.layers(), last, shape, model.known);
  WrittenLayers written = written_layers(reader.layers(), last);
  model.layers = std::move(written.text);
  model.tensors = std::move(written.weights);
  model.input = reader.ours(0).shape;
  return model;
}

}  // namespace

ForeignModel model_of_onnx(const onnx::ModelProto& proto, const OnnxPlace& place, const Shape& sample) {
  const int opset = opset_of(proto);
  GraphInput input = input_of(proto.graph());
  bool channels_last = false;
  complete(input, sample, channels_last);
  try {
    return read_as(proto, opset, place, input, channels_last);
  } catch (const Error& first) {
    if (input.dims.size() != 4) throw;
    try {
      return read_as(proto, opset, place, input, !channels_last);
    } catch (const Error&) {
      throw Error(first.what(), first.status());
    }
  }
}

}  // namespace nn
