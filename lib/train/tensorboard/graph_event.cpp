// SPDX-License-Identifier: MIT
#include <map>

#include "train/tensorboard/events.h"
#include "train/tensorboard/events.pb.h"
#include "train/tensorboard/record.h"

namespace nn::tensorboard {
namespace {

/// A layer of one op gives its name to it; the ops of a layer of several are layer/kind, layer/kind_1, ...
std::vector<std::string> names_of(const Graph& graph) {
  std::map<std::string, int> ops_in, used;
  for (const Op& op : graph.ops) ++ops_in[op.layer];
  std::vector<std::string> names;
  for (const Op& op : graph.ops) {
    std::string name = op.layer.empty() ? Graph::kind_of(op) : op.layer;
    if (!op.layer.empty() && ops_in[op.layer] > 1) name += std::string("/") + Graph::kind_of(op);
    if (const int before = used[name]++; before > 0) name += "_" + std::to_string(before);
    names.push_back(name);
  }
  return names;
}

void describe(const Graph& graph, const Op& op, Node& node) {
  TensorShape& shape = *(*node.mutable_attr())["_output_shapes"].mutable_list()->add_shape();
  shape.add_dim()->set_size(-1);  // the batch
  for (const int64_t extent : graph.values.at(static_cast<size_t>(op.output)).shape) shape.add_dim()->set_size(extent);
  for (const ParamId id : op.params) {
    const Param& param = graph.params.at(static_cast<size_t>(id));
    (*node.mutable_attr())["parameters"].mutable_list()->add_s(param.name + " " + param.shape.text());
  }
}

}  // namespace

std::string graph_event(double wall_time, const Graph& graph) {
  const std::vector<std::string> names = names_of(graph);
  std::vector<std::string> producer(graph.values.size());
  GraphDef def;
  def.mutable_versions()->set_producer(22);  // of TensorFlow 1.0, from which on the viewer knows this form
  for (size_t i = 0; i < graph.ops.size(); ++i) {
    const Op& op = graph.ops[i];
    Node& node = *def.add_node();
    node.set_name(names[i]);
    node.set_op(Graph::kind_of(op));
    for (const ValueId input : op.inputs)
      if (const std::string& from = producer.at(static_cast<size_t>(input)); !from.empty()) node.add_input(from);
    describe(graph, op, node);
    producer.at(static_cast<size_t>(op.output)) = names[i];
  }
  Event event;
  event.set_wall_time(wall_time);
  event.set_graph_def(def.SerializeAsString());
  return framed(event.SerializeAsString());
}

}  // namespace nn::tensorboard
