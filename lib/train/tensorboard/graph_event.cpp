// SPDX-License-Identifier: MIT
#include <map>

#include "train/tensorboard/events.h"
#include "train/tensorboard/events.pb.h"
#include "train/tensorboard/record.h"

namespace nn::tensorboard {
namespace {

/// The inputs, then the ops. A layer of one op gives its name to it; the ops of a layer of several are layer/kind,
/// layer/kind_1, ...
std::vector<std::string> names_of(const Graph& graph) {
  std::map<std::string, int> ops_in, used;
  for (const Op& op : graph.ops) ++ops_in[op.layer];
  std::vector<std::string> names;
  const auto add = [&](std::string name) {
    if (const int before = used[name]++; before > 0) name += "_" + std::to_string(before);
    names.push_back(name);
  };
  for (const Input& input : graph.inputs) add(input.name);
  for (const Op& op : graph.ops) {
    const std::string kind = name_of(op);
    add(op.layer.empty() ? kind : ops_in[op.layer] > 1 ? op.layer + "/" + kind : op.layer);
  }
  return names;
}

void describe(const Value& value, Node& node) {
  TensorShape& shape = *(*node.mutable_attr())["_output_shapes"].mutable_list()->add_shape();
  shape.add_dim()->set_size(-1);  // the batch
  for (const int64_t extent : value.shape) shape.add_dim()->set_size(extent);
}

}  // namespace

std::string graph_event(double wall_time, const Graph& graph) {
  const std::vector<std::string> names = names_of(graph);
  std::vector<std::string> producer(graph.values.size());
  GraphDef def;
  def.mutable_versions()->set_producer(22);  // of TensorFlow 1.0, from which on the viewer knows this form
  for (size_t i = 0; i < names.size(); ++i) {
    Node& node = *def.add_node();
    node.set_name(names[i]);
    const bool is_input = i < graph.inputs.size();
    const Op* op = is_input ? nullptr : &graph.ops[i - graph.inputs.size()];
    const ValueId value = is_input ? graph.inputs[i].value : op->output;
    node.set_op(is_input ? "input" : name_of(*op));
    describe(graph.value(value), node);
    producer.at(static_cast<size_t>(value)) = names[i];
    if (is_input) continue;
    for (const ValueId input : op->inputs) node.add_input(producer.at(static_cast<size_t>(input)));
    for (const ParamId id : op->params) {
      const Param& param = graph.params.at(static_cast<size_t>(id));
      (*node.mutable_attr())["parameters"].mutable_list()->add_s(param.name + " " + param.shape.text());
    }
  }
  Event event;
  event.set_wall_time(wall_time);
  event.set_graph_def(def.SerializeAsString());
  return framed(event.SerializeAsString());
}

}  // namespace nn::tensorboard
