// SPDX-License-Identifier: MIT
// Ops of a lowered network as nodes of ONNX, in the versions of the operators that an opset from 13 on has.
#pragma once

#include <string>
#include <vector>

#include "formats/models/onnx/onnx.pb.h"
#include "graph/graph.h"

namespace nn {

constexpr int least_opset = 13, usual_opset = 17, greatest_opset = 22;

class GraphWriter {
 public:
  GraphWriter(onnx::GraphProto& proto, int opset) : proto_(&proto), opset_(opset) {}
  int opset() const { return opset_; }

  /// A new node with one output, whose name is made of the name of the layer; returns that name.
  std::string node(const std::string& type, const std::vector<std::string>& inputs);
  /// Attributes of the node made last.
  GraphWriter& with(const char* name, int64_t value);
  GraphWriter& with(const char* name, double value);
  GraphWriter& with(const char* name, const std::string& value);
  GraphWriter& with(const char* name, const std::vector<int64_t>& values);
  /// Constants of the graph; return their names.
  std::string floats(const std::string& name, const std::vector<int64_t>& dims, const std::vector<float>& values);
  std::string number(double value);
  std::string integers(const std::vector<int64_t>& values);

  /// The last value gets the name of the output of the graph.
  void name_output(const std::string& value, const std::string& name);
  /// Names are told apart by the layer they come from.
  void at_layer(const std::string& layer) { layer_ = layer; }

 private:
  onnx::AttributeProto* attribute(const char* name, onnx::AttributeProto::AttributeType type);
  onnx::GraphProto* proto_;
  int opset_, made_ = 0;
  std::string layer_;
};

/// The nodes of an op; inputs and params by their names in the graph. Returns the name of its output.
std::string write_op(GraphWriter& to, const Graph& graph, const Op& op, const std::vector<std::string>& inputs,
                     const std::vector<std::string>& params);
/// An element-wise function by its name in formula/maps.h. Error for one that ONNX cannot say here.
std::string write_map(GraphWriter& to, const Map& map, const std::string& x);

}  // namespace nn
