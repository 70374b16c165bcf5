// SPDX-License-Identifier: MIT
// Tensors that a graph of ONNX holds, and attributes of its nodes, in the types of C++.
// Source: onnx.proto (third_party/onnx), docs/IR.md of ONNX.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/system/budget.h"
#include "formats/elements.h"
#include "formats/models/onnx/onnx.pb.h"

namespace nn {

struct OnnxTensor {
  std::string name;  ///< of the initializer, or of the value that a node gives
  std::vector<int64_t> dims;
  bool is_float = true;
  Element stored = Element::f32;
  std::vector<float> floats = {};  ///< row by row, of floats; bits of float32 kept
  std::vector<int64_t> ints = {};  ///< of integers and booleans

  int64_t count() const;
  int64_t bytes() const { return static_cast<int64_t>(floats.size() * sizeof(float) + ints.size() * sizeof(int64_t)); }
  double number(int64_t i) const;  ///< Error when it has no value i
  float real(int64_t i) const;
  size_t place(int64_t i) const;  ///< of value i in its list; the same Error
};
/// All its values as numbers.
std::vector<float> reals(const OnnxTensor& x);
using OnnxConstant = std::shared_ptr<const OnnxTensor>;

/// What tensors are read with: the folder of the file, for values that lie outside of it ("": none may), and the limit.
struct OnnxPlace {
  std::string folder;
  Budget budget;
};

/// A name of the file for a message: printable, and cut where it is long.
std::string short_name(const std::string& name);
/// Error for an unknown type, a shape that its values do not fill, values outside of the folder.
OnnxTensor read_tensor(const onnx::TensorProto& proto, const OnnxPlace& place);
/// "float", "int64", "string" for the number of a type in the file.
std::string onnx_type_name(int type);
/// Of a type that is read here. Error naming it for another.
Element onnx_element(int type);

/// A node whose attributes are asked for by name. What nobody asked for is found afterwards.
class OnnxNode {
 public:
  OnnxNode(const onnx::NodeProto& proto, int opset, const OnnxPlace& place)
      : proto_(&proto), place_(&place), opset_(opset), asked_(static_cast<size_t>(proto.attribute_size()), false) {}

  const std::string& type() const { return proto_->op_type(); }
  int opset() const { return opset_; }
  std::string shown() const;  ///< "node 'conv1' (Conv)"
  /// Name of an input or output; "" where the node leaves it out.
  std::string input(int i) const { return i < proto_->input_size() ? proto_->input(i) : std::string(); }
  std::string output(int i) const { return i < proto_->output_size() ? proto_->output(i) : std::string(); }
  int inputs() const { return proto_->input_size(); }
  int outputs() const { return proto_->output_size(); }

  bool has(const char* name) { return find(name) != nullptr; }
  int64_t integer(const char* name, int64_t otherwise);
  double number(const char* name, double otherwise);
  std::string text(const char* name, const char* otherwise);
  std::vector<int64_t> integers(const char* name);  ///< empty when it is not there
  std::vector<float> numbers(const char* name);
  OnnxTensor tensor(const char* name);
  void ignore(const char* name) { (void)find(name); }
  /// Error naming the first attribute that nobody asked for.
  void check_all_asked() const;
  /// Error unless the attribute, where it is there, has this value.
  void expect(const char* name, int64_t value);

 private:
  const onnx::AttributeProto* find(const char* name);
  const onnx::NodeProto* proto_;
  const OnnxPlace* place_;
  int opset_;
  std::vector<bool> asked_;
};

}  // namespace nn
