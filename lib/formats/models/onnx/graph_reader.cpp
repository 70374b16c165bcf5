// SPDX-License-Identifier: MIT
#include "formats/models/onnx/graph_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/log.h"
#include "formats/models/onnx/known_functions.h"

namespace nn {
namespace {

constexpr size_t most_names = 100'000;
constexpr size_t most_axes = 16;
constexpr int most_nodes = 50'000;                 ///< five times as many as the layers of a network
constexpr int64_t most_functions = 40;             ///< in one run of functions of single numbers
constexpr int64_t most_values = int64_t{1} << 28;  ///< of one sample on its way

bool is_default_domain(const std::string& domain) { return domain.empty() || domain == "ai.onnx"; }

/// The groups of shuffle:G, where the first axis of the graph is two of ours turned round and the rest is as it was.
std::optional<int64_t> shuffled_groups(const Layout& layout, const Shape& shape) {
  if (shape.rank() != 3 || layout.axes.size() != 3) return {};
  const std::vector<size_t>& channels = layout.axes[0];
  if (channels != std::vector<size_t>{1, 0}) return {};
  Layout rest = layout;
  std::swap(rest.axes[0][0], rest.axes[0][1]);
  if (!rest.in_order()) return {};
  return layout.view[0];
}

}  // namespace

int64_t checked_count(int64_t values) {
  constexpr int64_t most = int64_t{1} << 22;
  if (values > most) throw Error(fmt::format("{} weights of which the file tells one", values));
  return values;
}

GraphReader::GraphReader(const onnx::GraphProto& graph, int opset, const OnnxPlace& place)
    : graph_(&graph), place_(&place), opset_(opset) {
  if (graph.node_size() > most_nodes)
    throw Error(fmt::format("{} nodes; at most {} are read here", graph.node_size(), most_nodes));
  for (const onnx::NodeProto& node : graph.node()) {
    for (const std::string& name : node.input()) ++uses_[name];
    for (const std::string& name : node.output())
      if (!name.empty()) producers_.emplace(name, &node);
  }
  for (const onnx::ValueInfoProto& output : graph.output()) ++uses_[output.name()];
}

void GraphReader::take_input(const std::string& name, const std::vector<int64_t>& dims, bool channels_last) {
  batch_ = dims[0];
  Shape sample;
  Layout layout;
  switch (dims.size()) {
    case 2:
      layout = plain_layout(sample = {dims[1]});
      break;
    case 3:
      sample = {1, dims[1], dims[2]};
      layout = {sample.dims(), {{1}, {2}}};
      break;
    default:
      sample = channels_last ? Shape{dims[3], dims[1], dims[2]} : Shape{dims[1], dims[2], dims[3]};
      layout = plain_layout(sample);
      if (channels_last) layout = transposed(layout, {1, 2, 0});
  }
  OurValue input{sample, -1};
  input.base = 0;
  values_.push_back(std::move(input));
  define(name, computed(0, std::move(layout)));
}

void GraphReader::read_nodes() {
  for (const onnx::TensorProto& tensor : graph_->initializer())
    if (uses_.contains(tensor.name())) {
      OnnxTensor read = read_tensor(tensor, *place_);
      room_ += 4 * read.bytes();
      define_constant(tensor.name(), std::move(read));
    }
  for (const onnx::NodeProto& node : graph_->node()) read_node(node);
}

void GraphReader::read_node(const onnx::NodeProto& proto) {
  OnnxNode node(proto, opset_, *place_);
  const std::string shown = node.shown();  // node_ changes where functions before this node become layers
  node_ = shown;
  try {
    if (read_spelled_norm(*this, proto)) return;
    for (const std::string& name : proto.input()) {
      if (name.empty()) continue;
      const auto found = named_.find(name);
      if (found == named_.end())
        throw Error(shown + ": its input '" + short_name(name) +
                    "' is given by no node before it, and is no input of the "
                    "graph: the nodes are not in order, or in a cycle");
      if (!found->second.problem.empty()) return fail(proto, found->second.problem);
    }
    in_context(shown, [&] {
      if (!is_default_domain(proto.domain()))
        throw Error("an operator of the domain '" + short_name(proto.domain()) + "' is not read here");
      const GraphOperator* known = graph_operator(node.type());
      if (!fold(*this, node)) {
        if (known) {
          if (value(node.input(0)).constant) throw Error("of a constant; expected a computed value");
          known->read(*this, node);
        } else if (!read_element_function(*this, node))
          throw Error(fmt::format("this operator (opset {}) is not among those that are read here", opset_));
      }
      node.check_all_asked();
    });
  } catch (const Error& e) {
    fail(proto, e.what());
  }
}

void GraphReader::fail(const onnx::NodeProto& proto, const std::string& why) {
  for (const std::string& name : proto.output())
    if (!name.empty()) named_[name].problem = why;
}

GraphValue& GraphReader::value(const std::string& name) {
  const auto found = named_.find(name);
  if (found == named_.end()) throw Error("'" + short_name(name) + "' is given by no node");
  if (!found->second.problem.empty()) throw Error(found->second.problem);
  return found->second;
}

const OnnxTensor& GraphReader::constant(const std::string& name, const char* what) {
  if (name.empty()) throw Error(std::string("without ") + what);
  const GraphValue& found = value(name);
  if (!found.constant) throw Error(std::string(what) + " '" + short_name(name) + "' is computed; expected a constant");
  return *found.constant;
}

void GraphReader::define(const std::string& name, GraphValue value) {
  if (name.empty()) return;
  if (named_.size() > most_names) throw Error("more than 100,000 values");
  if (value.dims.size() > most_axes) throw Error(fmt::format("a value of {} axes", value.dims.size()));
  (void)Shape(value.dims).count();
  if (!named_.emplace(name, std::move(value)).second) throw Error("'" + short_name(name) + "' is given twice");
}

void GraphReader::define_constant(const std::string& name, OnnxTensor tensor) {
  GraphValue value;
  value.dims = tensor.dims;
  if (tensor.name.empty()) tensor.name = name;
  room_ -= tensor.bytes();
  if (room_ < 0) throw Error("the constants that its nodes make are many times as large as those that it holds");
  value.constant = std::make_shared<const OnnxTensor>(std::move(tensor));
  define(name, std::move(value));
}

GraphValue GraphReader::computed(int number, Layout layout) const {
  GraphValue value;
  value.dims = {batch_};
  for (const int64_t d : layout.dims()) value.dims.push_back(d);
  value.ours = number;
  value.layout = std::move(layout);
  return value;
}

bool GraphReader::used_once(const std::string& name) const {
  const auto found = uses_.find(name);
  return found != uses_.end() && found->second == 1;
}

const onnx::NodeProto* GraphReader::producer(const std::string& name) const {
  const auto found = producers_.find(name);
  return found == producers_.end() ? nullptr : found->second;
}

int GraphReader::new_value(OurValue value) {
  if (value.shape.count() > most_values)
    throw Error("a sample of " + value.shape.text() + ": larger than any that is read here");
  const auto number = static_cast<int>(values_.size());
  if (value.base < 0) value.base = number;
  if (value.node.empty()) value.node = node_;
  values_.push_back(std::move(value));
  return number;
}

int GraphReader::add_layer(FoundLayer layer, Shape shape, const std::vector<int>& inputs) {
  for (const int input : inputs) layer.inputs.push_back(settled(input));
  layer.node = node_;
  layers_.push_back(std::move(layer));
  OurValue value{std::move(shape), static_cast<int>(layers_.size()) - 1};
  return new_value(std::move(value));
}

OurValue& GraphReader::ours(int number) {
  if (number < 0) throw Error("of a constant; expected a computed value");
  return values_[static_cast<size_t>(number)];
}

int GraphReader::flat(int number) {
  const Shape shape = ours(number).shape;
  if (shape.rank() == 1) return number;
  const auto [found, is_new] = shaped_.emplace(std::pair(number, std::string()), -1);
  if (is_new) found->second = add_layer({"flatten", "", {}}, {shape.count()}, {number});
  return found->second;
}

int GraphReader::in_shape(const GraphValue& x, const Shape& shape) {
  if (shape.rank() == 0) throw Error("a sample without an axis");
  if (!x.layout.in_order()) {
    const auto groups = shuffled_groups(x.layout, ours(x.ours).shape);
    if (!groups || ours(x.ours).shape != shape)
      throw Error("it takes a value whose axes were transposed in a way that no layer here computes");
    const auto [found, is_new] = shaped_.emplace(std::pair(x.ours, fmt::format("shuffle {}", *groups)), -1);
    if (is_new) found->second = add_layer({"shuffle", std::to_string(*groups), {}}, shape, {x.ours});
    return found->second;
  }
  if (ours(x.ours).shape == shape) return x.ours;
  if (shape.rank() == 1) return flat(x.ours);
  if (shape.rank() > 4) throw Error("a value of " + std::to_string(shape.rank()) + " axes besides the batch");
  const auto [found, is_new] = shaped_.emplace(std::pair(x.ours, shape.text()), -1);
  if (is_new) found->second = add_layer({"reshape", shape.text(), {}}, shape, {x.ours});
  return found->second;
}

Shape GraphReader::image_shape(const GraphValue& x) const {
  if (x.dims.size() == 4) return {x.dims[1], x.dims[2], x.dims[3]};
  if (x.dims.size() == 3) return {x.dims[1], 1, x.dims[2]};
  throw Error("its input has the shape " + Shape(x.dims).text() + "; expected images {N,C,H,W}");
}

int GraphReader::image(const GraphValue& x) { return in_shape(x, image_shape(x)); }

int GraphReader::apply(ElementFunction f, int a, int b) {
  OurValue value{ours(a).shape};
  value.a = a, value.b = b, value.base = ours(a).base;
  value.size = 1 + ours(a).size + (b >= 0 ? ours(b).size : 0);
  if (b >= 0 && ours(b).base != value.base) {
    if (f.type != "Add" && f.type != "Mul")
      throw Error("of two computed values; only their sum and their product are layers here");
    return add_layer({f.type == "Add" ? "add" : "mul", "", {}}, value.shape, {a, b});
  }
  value.f = std::move(f);
  const bool is_long = value.size > most_functions;
  const int number = new_value(std::move(value));
  if (is_long) {
    settled(number);
    ours(number).base = number, ours(number).size = 0;
  }
  return number;
}

std::vector<int> GraphReader::since_base(int number) const {
  const int base = values_[static_cast<size_t>(number)].base;
  std::set<int> found;
  std::vector<int> open{number};
  while (!open.empty()) {
    const int at = open.back();
    open.pop_back();
    if (at == base || !found.insert(at).second) continue;
    const OurValue& value = values_[static_cast<size_t>(at)];
    for (const int input : {value.a, value.b})
      if (input >= 0) open.push_back(input);
  }
  return {found.begin(), found.end()};
}

int GraphReader::add_functions(const std::vector<FunctionLayer>& layers, int start, int number) {
  int at = start;
  const Shape shape = ours(number).shape;
  const std::string here = std::exchange(node_, ours(number).node);
  for (const FunctionLayer& layer : layers) {
    FoundLayer found;
    if (layer.word.empty()) {
      const int64_t channels = checked_count(shape[shape.rank() == 2 ? 1 : 0]);
      const auto all = [&](const char* role, double value) {
        return weight_of(role, {channels}, std::vector<float>(static_cast<size_t>(channels), static_cast<float>(value)),
                         "");
      };
      found = {"scale", "", {}, {all("weight", layer.factor), all("bias", layer.shift)}};
    } else {
      const size_t colon = std::min(layer.word.find(':'), layer.word.size());
      found = {layer.word.substr(0, colon), layer.word.substr(std::min(colon + 1, layer.word.size())), {}};
    }
    at = add_layer(std::move(found), shape, {at});
  }
  node_ = here;
  return ours(number).layer = ours(at).layer;
}

int GraphReader::settled(int number) {
  if (ours(number).layer != OurValue::pending) return ours(number).layer;
  if (ours(number).padded >= 0)
    throw Error(ours(number).node + ": padding is read in front of convolution and pooling alone");
  std::vector<int> run = since_base(number);
  run.insert(run.begin(), ours(number).base);
  std::vector<std::pair<size_t, size_t>> inputs(run.size());  // places in the run
  const auto place = [&](int at) { return static_cast<size_t>(std::ranges::lower_bound(run, at) - run.begin()); };
  for (size_t i = 1; i < run.size(); ++i) inputs[i] = {place(ours(run[i]).a), place(std::max(ours(run[i]).b, run[0]))};
  std::vector<double> results(run.size());
  const auto computed_from = [&](size_t start, double x) {
    results[start] = x;
    for (size_t i = start + 1; i < run.size(); ++i) {
      const OurValue& value = ours(run[i]);
      results[i] = value.f.f(results[inputs[i].first], value.b >= 0 ? results[inputs[i].second] : 0);
    }
    return results.back();
  };
  // All ways from the base to the value lead through a start behind which no function takes what lies before it.
  const auto is_start = [&](size_t start) {
    for (size_t i = start + 1; i < run.size(); ++i)
      if (inputs[i].first < start || (ours(run[i]).b >= 0 && inputs[i].second < start)) return false;
    return true;
  };
  for (size_t begin = 0; begin + 1 < run.size(); ++begin) {
    const int start = run[begin];
    if (!is_start(begin)) continue;
    const auto layers = layers_of([&](double x) { return computed_from(begin, x); });
    if (!layers) continue;
    settled(start);
    return add_functions(*layers, start, number);
  }
  const OurValue value = ours(number);
  if (value.f.type == "Add" || value.f.type == "Mul")
    if (value.b >= 0) {
      const int joint = add_layer({value.f.type == "Add" ? "add" : "mul", "", {}}, value.shape, {value.a, value.b});
      return ours(number).layer = ours(joint).layer;
    }
  throw Error(value.node + ": no layer here computes this function of its input");
}

}  // namespace nn
