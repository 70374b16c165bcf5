// SPDX-License-Identifier: MIT
#include "formats/models/onnx/onnx_write.h"

#include <fmt/format.h>

#include <limits>
#include <map>

#include "base/error.h"
#include "base/sha256.h"
#include "base/system/version.h"
#include "base/text/json.h"
#include "formats/models/description.h"

namespace nn {
namespace {

/// The least version of the file format that has an opset. Source: docs/Versioning.md of ONNX.
int ir_version(int opset) { return opset <= 14 ? 7 : opset <= 18 ? 8 : opset <= 20 ? 9 : 10; }

void describe_value(onnx::ValueInfoProto& info, const std::string& name, const Shape& sample, int type) {
  info.set_name(name);
  onnx::TypeProto::Tensor* tensor = info.mutable_type()->mutable_tensor_type();
  tensor->set_elem_type(type);
  tensor->mutable_shape()->add_dim()->set_dim_param("N");
  for (const int64_t d : sample) tensor->mutable_shape()->add_dim()->set_dim_value(d);
}

void add_metadata(onnx::ModelProto& proto, const std::string& key, const std::string& value) {
  onnx::StringStringEntryProto* entry = proto.add_metadata_props();
  entry->set_key(key);
  entry->set_value(value);
}

std::vector<std::string> write_params(GraphWriter& to, const Model& model, const Graph& graph) {
  std::map<std::string, const NamedTensor*> weights;
  for (const NamedTensor& t : model.weights) weights[t.path] = &t;
  std::vector<std::string> names;
  for (const Param& p : graph.params) {
    const auto found = weights.find(p.path());
    if (found == weights.end()) throw Error("the model has no weights for " + p.path());
    names.push_back(to.floats(p.path(), found->second->shape.dims(), found->second->values));
  }
  return names;
}

/// The softmax or sigmoid that belongs to the loss.
std::string write_end(GraphWriter& to, const Model& model, const std::string& outputs) {
  to.at_layer("loss");
  const std::string loss = model.loss.substr(0, model.loss.find_first_of(",:"));
  if (loss == "bce") return to.node("Sigmoid", {outputs});
  if (loss != "cross_entropy") return outputs;
  const std::string y = to.node("Softmax", {outputs});
  to.with("axis", int64_t{1});
  return y;
}

/// The graph and, last, the version of its operators stand behind all else, so that a file that was cut off lacks them.
std::vector<std::byte> bytes_of(onnx::ModelProto& proto) {
  if (proto.ByteSizeLong() > static_cast<size_t>(std::numeric_limits<int32_t>::max()))
    throw Error("the model takes more than 2 GB, the most that a file of ONNX holds");
  onnx::ModelProto end;
  end.mutable_graph()->Swap(proto.mutable_graph());
  end.mutable_opset_import()->Swap(proto.mutable_opset_import());
  proto.clear_graph();
  std::vector<std::byte> bytes;
  for (const onnx::ModelProto* part : {&proto, &end}) {
    const size_t at = bytes.size(), size = part->ByteSizeLong();
    bytes.resize(at + size);
    if (!part->SerializePartialToArray(bytes.data() + at, static_cast<int>(size)))
      throw Error("protobuf cannot write it");
  }
  return bytes;
}

}  // namespace

void OnnxOptions::declare_writing(OptionSet& set) {
  set.add("opset", opset, "N", "version of ONNX's operators in the file").between(least_opset, greatest_opset);
  set.flag("with-prep", with_prep,
           "put the recipe in front of the network and softmax or sigmoid behind it: raw samples in (bytes, where the "
           "model was trained on them), probabilities out");
}

std::string onnx_graph_sum(const onnx::GraphProto& graph) {
  Sha256 sum;
  for (const onnx::NodeProto& node : graph.node()) sum.add(node.SerializeAsString());
  return sum.hex();
}

std::vector<ForeignFile> write_onnx(const Model& model, const OnnxOptions& options) {
  const Network network(model.layers, model.input);
  const Graph graph = network.lower();
  onnx::ModelProto proto;
  proto.set_ir_version(ir_version(options.opset));
  proto.set_producer_name("nn-tools");
  proto.set_producer_version(version());
  onnx::OperatorSetIdProto* set = proto.add_opset_import();
  set->set_domain("");
  set->set_version(options.opset);
  onnx::GraphProto& to_graph = *proto.mutable_graph();
  to_graph.set_name("network");
  GraphWriter to(to_graph, options.opset);
  const std::vector<std::string> params = write_params(to, model, graph);
  const bool bytes = options.with_prep && takes_bytes(model);
  const Shape raw = options.with_prep && model.raw_input.rank() > 0 ? model.raw_input : model.input;
  describe_value(*to_graph.add_input(), "input", raw, bytes ? onnx::TensorProto::UINT8 : onnx::TensorProto::FLOAT);
  std::vector<std::string> values(graph.values.size());
  values[static_cast<size_t>(graph.input())] = options.with_prep ? write_recipe(to, model, "input") : "input";
  for (const Op& op : graph.ops) {
    std::vector<std::string> inputs, own;
    for (const ValueId input : op.inputs) inputs.push_back(values[static_cast<size_t>(input)]);
    for (const ParamId p : op.params) own.push_back(params[static_cast<size_t>(p)]);
    values[static_cast<size_t>(op.output)] =
        in_context("layer " + op.layer, [&] { return write_op(to, graph, op, inputs, own); });
  }
  std::string last = values[static_cast<size_t>(graph.output())];
  if (options.with_prep) last = write_end(to, model, last);
  to.at_layer("output");
  const std::string output = options.with_prep ? "probabilities" : "output";
  to.name_output(last, output);
  describe_value(*to_graph.add_output(), output, graph.value(graph.output()).shape, onnx::TensorProto::FLOAT);
  add_metadata(proto, description_key, description_of(model));
  add_metadata(proto, onnx_graph_key, onnx_graph_sum(to_graph));
  if (!model.classes.empty()) {
    Json names = Json::array();
    for (const std::string& name : model.classes) names.push_back(Json(name));
    add_metadata(proto, "classes", names.dump());
  }
  return {{"", bytes_of(proto)}};
}

}  // namespace nn
