// SPDX-License-Identifier: MIT
// From a graph of ONNX to layers of ours, node by node in the order of the file (which must be that of the data, so a
// cycle is an undefined name). Each name stands for a constant or for a value that is computed from the input. Of the
// latter the shape is known, a batch included, so that arithmetic on shapes is done at once, as are all constants.
//
// A computed value is one of ours (OurValue) and a Layout, which says how its axes lie. Functions of single numbers
// wait until a layer needs their value: then the longest run of nodes that one of our layers computes is that layer
// (known_functions.h). A node that cannot be read is remembered with its reason, which is said only if the output needs
// the node.
//
// To add an operator: a function and a line in one of the tables of operators_*.cpp.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "formats/models/model_format.h"
#include "formats/models/onnx/element_functions.h"
#include "formats/models/onnx/known_functions.h"
#include "formats/models/onnx/layout.h"
#include "formats/models/onnx/onnx_tensor.h"
#include "layers/window.h"

namespace nn {

/// What a name in the graph stands for.
struct GraphValue {
  std::vector<int64_t> dims;  ///< with the batch in front
  OnnxConstant constant;      ///< null: it is computed
  int ours = -1;              ///< number of an OurValue
  Layout layout;              ///< of it
  std::string problem = {};   ///< why it cannot be had; empty: it can
  std::vector<int64_t> sample_dims() const { return {dims.begin() + 1, dims.end()}; }
};

/// A layer that was found. Its weights are by role: "weight", "bias", ...
struct FoundLayer {
  std::string kind, arguments;  ///< "conv", "8,3,stride=2"
  std::vector<int> inputs;      ///< numbers of layers; -1: the input
  std::vector<ForeignTensor> weights = {};
  bool takes_bias = false;    ///< has none yet, and would take it: "bias=false" unless it comes
  bool takes_affine = false;  ///< a normalization; factor and shift may still come where theirs have no name
  std::string node = {};      ///< from which it comes, for messages
};

struct OurValue {
  static constexpr int pending = -2;
  Shape shape;
  int layer = pending;     ///< that computes it; -1: it is the input; pending: none yet
  ElementFunction f = {};  ///< of one or two values, of which the second may be missing
  int a = -1, b = -1;
  int base = -1;     ///< the value that f and those before it are a function of; itself when it is none
  int64_t size = 0;  ///< functions since the base, those that are used twice counted twice
  int padded = -1;   ///< the value that zeros (or pad_value) were put around
  Padding pad = {};
  double pad_value = 0;
  std::string node = {};
};

class GraphReader {
 public:
  GraphReader(const onnx::GraphProto& graph, int opset, const OnnxPlace& place);

  /// Of one sample, in our order. Must be called first. channels_last: images of the input are {N,H,W,C}.
  void take_input(const std::string& name, const std::vector<int64_t>& dims, bool channels_last);
  void read_nodes();

  // For operators.
  GraphValue& value(const std::string& name);  ///< Error when it has none, or is one that could not be read
  const OnnxTensor& constant(const std::string& name, const char* what);  ///< Error unless it is one
  void define(const std::string& name, GraphValue value);
  void define_constant(const std::string& name, OnnxTensor tensor);
  /// A computed value of that layout.
  GraphValue computed(int ours, Layout layout) const;
  bool used_once(const std::string& name) const;

  int new_value(OurValue value);
  OurValue& ours(int number);  ///< Error for the number of a constant, -1
  FoundLayer& layer(int number) { return layers_[static_cast<size_t>(number)]; }
  /// The layer that computes a value, made when it is not there yet. Error naming the node that no layer computes.
  int settled(int number);
  /// A new layer on values of ours, and its value.
  int add_layer(FoundLayer layer, Shape shape, const std::vector<int>& inputs);
  /// The value in that shape, in the graph's order: through flatten, reshape or shuffle where it must be. Error where
  /// axes lie in another order.
  int in_shape(const GraphValue& x, const Shape& shape);
  /// {C,H,W} of a value of the graph of 4 axes, or {C,1,W} of one of 3.
  int image(const GraphValue& x);
  Shape image_shape(const GraphValue& x) const;
  int flat(int number);                        ///< of one axis
  int apply(ElementFunction f, int a, int b);  ///< a function of single numbers
  const std::string& node() const { return node_; }
  int64_t batch() const { return batch_; }
  const OnnxPlace& place() const { return *place_; }
  const onnx::NodeProto* producer(const std::string& name) const;
  int opset() const { return opset_; }
  const std::vector<FoundLayer>& layers() const { return layers_; }

 private:
  void read_node(const onnx::NodeProto& proto);
  void fail(const onnx::NodeProto& proto, const std::string& why);
  std::vector<int> since_base(int number) const;
  /// The layers behind start that compute the value.
  int add_functions(const std::vector<FunctionLayer>& layers, int start, int number);

  const onnx::GraphProto* graph_;
  const OnnxPlace* place_;
  int opset_;
  int64_t batch_ = 1;
  int64_t room_ = int64_t{64} << 20;  ///< bytes of constants that may still be made
  std::string node_;
  std::map<std::string, GraphValue, std::less<>> named_;
  std::map<std::string, int, std::less<>> uses_;
  std::map<std::string, const onnx::NodeProto*, std::less<>> producers_;
  std::vector<OurValue> values_;
  std::vector<FoundLayer> layers_;
  std::map<std::pair<int, std::string>, int> shaped_;  ///< values in another shape, made once
};

/// Error for more weights than a layer is given where the file does not list them.
int64_t checked_count(int64_t values);

struct GraphOperator {
  const char* type;
  void (*read)(GraphReader&, OnnxNode&);
};
/// Of all tables; null when none has it.
const GraphOperator* graph_operator(std::string_view type);
std::span<const GraphOperator> shape_operators();
std::span<const GraphOperator> window_operators();
std::span<const GraphOperator> size_operators();
std::span<const GraphOperator> product_operators();
std::span<const GraphOperator> norm_operators();

/// Functions of single numbers, of constants, of computed values, and of both. False: the operator is none of them.
bool read_element_function(GraphReader& reader, OnnxNode& node);
/// A node whose inputs are all constant. False: it is not computed here.
bool fold(GraphReader& reader, OnnxNode& node);
/// y = (x - mean) / sqrt(variance + eps), spelled in nodes that end here. False: it is not.
bool read_spelled_norm(GraphReader& reader, const onnx::NodeProto& proto);

// The shapes that these operators give. Error for axes or a count that do not fit.
std::vector<int64_t> reshaped_dims(const std::vector<int64_t>& dims, std::vector<int64_t> wanted, bool zeros_count);
std::vector<int64_t> unsqueezed_dims(const std::vector<int64_t>& dims, const std::vector<int64_t>& axes);
std::vector<int64_t> squeezed_dims(const std::vector<int64_t>& dims, const std::vector<int64_t>& axes);
/// The axis of a value; Error when it is the batch or there is no such axis.
size_t sample_axis(int64_t axis, const GraphValue& x);
/// The attribute, or in later opsets the input i.
std::vector<int64_t> attribute_or_input(GraphReader& reader, OnnxNode& node, const char* name, int i);

/// The node gives an image {C,H,W}, in a graph of so many axes, the batch counted.
void define_image(GraphReader& reader, OnnxNode& node, int made, size_t rank);

/// The bias of a product that takes one yet, or a factor and shift of a layer of its own: x * factor + shift. Empty:
/// they vary along other axes than the channels.
std::optional<int> with_affine(GraphReader& reader, const std::string& name, const OnnxTensor* factor,
                               const OnnxTensor* shift);
/// Values of a constant by channel of ours (of a flat sample: by value; of rows: by column). Empty where it varies
/// along other axes.
std::optional<std::vector<float>> by_channel(const GraphValue& x, const Shape& sample, const OnnxTensor& constant);
/// The same by element.
std::optional<std::vector<float>> by_element(const GraphValue& x, const OnnxTensor& constant);
/// A weight of a layer, from a constant of the file.
ForeignTensor weight_of(const char* role, Shape shape, std::vector<float> values, const std::string& name);

}  // namespace nn
