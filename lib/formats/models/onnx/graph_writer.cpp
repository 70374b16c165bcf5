// SPDX-License-Identifier: MIT
#include "formats/models/onnx/graph_writer.h"

#include <cstring>

namespace nn {

std::string GraphWriter::node(const std::string& type, const std::vector<std::string>& inputs) {
  onnx::NodeProto* made = proto_->add_node();
  made->set_op_type(type);
  for (const std::string& input : inputs) made->add_input(input);
  std::string output = layer_ + "/" + type + "_" + std::to_string(++made_);
  made->set_name(output);
  made->add_output(output);
  return output;
}

onnx::AttributeProto* GraphWriter::attribute(const char* name, onnx::AttributeProto::AttributeType type) {
  onnx::AttributeProto* made = proto_->mutable_node(proto_->node_size() - 1)->add_attribute();
  made->set_name(name);
  made->set_type(type);
  return made;
}
GraphWriter& GraphWriter::with(const char* name, int64_t value) {
  attribute(name, onnx::AttributeProto::INT)->set_i(value);
  return *this;
}
GraphWriter& GraphWriter::with(const char* name, double value) {
  attribute(name, onnx::AttributeProto::FLOAT)->set_f(static_cast<float>(value));
  return *this;
}
GraphWriter& GraphWriter::with(const char* name, const std::string& value) {
  attribute(name, onnx::AttributeProto::STRING)->set_s(value);
  return *this;
}
GraphWriter& GraphWriter::with(const char* name, const std::vector<int64_t>& values) {
  onnx::AttributeProto* made = attribute(name, onnx::AttributeProto::INTS);
  for (const int64_t value : values) made->add_ints(value);
  return *this;
}

std::string GraphWriter::floats(const std::string& name, const std::vector<int64_t>& dims,
                                const std::vector<float>& values) {
  onnx::TensorProto* made = proto_->add_initializer();
  made->set_name(name);
  made->set_data_type(onnx::TensorProto::FLOAT);
  for (const int64_t d : dims) made->add_dims(d);
  made->set_raw_data(values.data(), values.size() * sizeof(float));
  return name;
}

std::string GraphWriter::number(double value) {
  return floats(layer_ + "/number_" + std::to_string(++made_), {}, {static_cast<float>(value)});
}

std::string GraphWriter::integers(const std::vector<int64_t>& values) {
  onnx::TensorProto* made = proto_->add_initializer();
  made->set_name(layer_ + "/numbers_" + std::to_string(++made_));
  made->set_data_type(onnx::TensorProto::INT64);
  made->add_dims(static_cast<int64_t>(values.size()));
  made->set_raw_data(values.data(), values.size() * sizeof(int64_t));
  return made->name();
}

void GraphWriter::name_output(const std::string& value, const std::string& name) {
  node("Identity", {value});
  proto_->mutable_node(proto_->node_size() - 1)->set_output(0, name);
}

}  // namespace nn
