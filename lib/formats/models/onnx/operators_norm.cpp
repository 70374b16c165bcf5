// SPDX-License-Identifier: MIT
// Normalizations: as operators, and as the nodes in which exporters spell them.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "formats/models/onnx/graph_reader.h"
#include "formats/models/onnx/known_functions.h"

namespace nn {
namespace {

std::string epsilon_text(double eps) {
  const std::string text = float_text(eps);
  return text == "1e-05" ? std::string() : "eps=" + text;
}

void read_batch_norm(GraphReader& reader, OnnxNode& node) {
  const GraphValue x = reader.value(node.input(0));
  node.expect("training_mode", 0);
  node.expect("spatial", 1);
  node.ignore("is_test"), node.ignore("consumed_inputs");
  const double eps = node.number("epsilon", 1e-5), momentum = 1 - node.number("momentum", 0.9);
  std::string arguments = epsilon_text(eps);
  const double rounded = std::round(momentum * 1e6) / 1e6;  // 1 - float(0.9) is 0.1000000238
  if (rounded != 0.1) arguments += (arguments.empty() ? "momentum=" : ",momentum=") + float_text(rounded);
  const bool image = x.dims.size() > 2;
  const int from = image ? reader.image(x) : reader.flat(x.ours);
  const Shape shape = reader.ours(from).shape;
  const int64_t channels = shape[0];
  std::vector<size_t> places;
  FoundLayer layer{"bn", arguments, {}};
  constexpr std::array<const char*, 4> roles{"weight", "bias", "running_mean", "running_var"};
  for (int i = 0; i < 4; ++i) {
    const OnnxTensor& c = reader.constant(node.input(i + 1), roles[static_cast<size_t>(i)]);
    if (c.count() != channels) throw Error(fmt::format("{} values for {} channels", c.count(), channels));
    if (!image && places.empty()) places = our_places(x.layout);
    std::vector<float> values = reals(c);
    for (size_t k = 0; k < places.size(); ++k) values[places[k]] = c.real(static_cast<int64_t>(k));
    layer.weights.push_back(weight_of(roles[static_cast<size_t>(i)], {channels}, std::move(values), c.name));
  }
  const int made = reader.add_layer(std::move(layer), shape, {from});
  Layout layout = image ? plain_layout(shape) : x.layout;
  if (x.dims.size() == 3) layout.axes = {{0}, {2}};
  reader.define(node.output(0), reader.computed(made, std::move(layout)));
}

/// Factor 1 and shift 0, which may come from the nodes behind.
std::vector<ForeignTensor> placeholders(const Shape& shape) {
  const auto n = static_cast<size_t>(checked_count(shape.count()));
  return {weight_of("weight", shape, std::vector<float>(n, 1), ""),
          weight_of("bias", shape, std::vector<float>(n, 0), "")};
}

/// layernorm over these axes of the graph.
int layer_norm(GraphReader& reader, GraphValue x, const std::vector<bool>& over, double eps, const OnnxTensor* scale,
               const OnnxTensor* shift) {
  if (x.dims.size() == 2) x.ours = reader.flat(x.ours);
  const Shape shape = reader.ours(x.ours).shape;
  std::vector<bool> ours(x.layout.view.size(), false);
  for (size_t i = 0; i < over.size(); ++i)
    if (over[i])
      for (const size_t a : x.layout.axes[i]) ours[a] = true;
  for (size_t a = 0; a < ours.size(); ++a)
    if (x.layout.view[a] == 1) ours[a] = true;
  std::string arguments = epsilon_text(eps);
  const auto add = [&](const std::string& text) { arguments += (arguments.empty() ? "" : ",") + text; };
  Shape row = shape;
  const bool all = std::ranges::all_of(ours, [](bool o) { return o; });
  const bool split = x.layout.view != shape.dims();
  if (!all && shape.rank() == 3 && !split && ours[0] && !over.empty() &&
      x.layout.axes.back() == std::vector<size_t>{0} && over.back() && std::ranges::count(over, true) == 1) {
    add("axis=channel"), row = {shape[0]};
  } else if (!all) {
    size_t first = 0;
    while (first < ours.size() && !ours[first]) ++first;
    if (split ||
        !std::all_of(ours.begin() + static_cast<std::ptrdiff_t>(first), ours.end(), [](bool o) { return o; }) ||
        first == ours.size())
      throw Error("normalizes over axes of " + Shape(x.dims).text() + " that are not the last ones here");
    add(fmt::format("axis={}", first));
    row = Shape(std::vector<int64_t>(shape.begin() + static_cast<std::ptrdiff_t>(first), shape.end()));
  }
  FoundLayer layer{"layernorm", arguments, {}, placeholders(row)};
  layer.takes_affine = !scale && !shift;
  for (int i = 0; i < 2; ++i) {
    const OnnxTensor* c = i == 0 ? scale : shift;
    if (!c) continue;
    std::optional<std::vector<float>> values;
    if (all)
      values = by_element(x, *c);
    else if (row.rank() == 1)
      values = by_channel(x, shape, *c);
    if (!values || static_cast<int64_t>(values->size()) != row.count())
      throw Error("its weights of " + Shape(c->dims).text() + " do not fit the axes that it normalizes over");
    layer.weights[static_cast<size_t>(i)] = weight_of(i == 0 ? "weight" : "bias", row, *values, c->name);
  }
  return reader.add_layer(std::move(layer), shape, {x.ours});
}

void read_layer_norm(GraphReader& reader, OnnxNode& node) {
  const GraphValue x = reader.value(node.input(0));
  node.ignore("stash_type");
  const size_t first = sample_axis(node.integer("axis", -1), x);
  std::vector<bool> over(x.dims.size() - 1, false);
  std::fill(over.begin() + static_cast<std::ptrdiff_t>(first), over.end(), true);
  const OnnxTensor* shift = node.input(2).empty() ? nullptr : &reader.constant(node.input(2), "the shift");
  const int made =
      layer_norm(reader, x, over, node.number("epsilon", 1e-5), &reader.constant(node.input(1), "the factor"), shift);
  reader.define(node.output(0), reader.computed(made, x.layout));
}

/// gn over groups that are an axis of the graph of their own, or the channels.
void read_instance_norm(GraphReader& reader, OnnxNode& node) {
  const GraphValue x = reader.value(node.input(0));
  const OnnxTensor &scale = reader.constant(node.input(1), "the factor"),
                   &shift = reader.constant(node.input(2), "the shift");
  const Shape shape = reader.ours(x.ours).shape;
  const int64_t groups = x.dims.size() > 2 ? x.dims[1] : 0;
  if (groups < 1 || shape[0] % groups != 0 || !x.layout.in_order() || shape.rank() == 2)
    throw Error("on " + Shape(x.dims).text() + ": only groups of channels are read here");
  if (scale.count() != groups || shift.count() != groups) throw Error("weights of another number of groups");
  const std::string eps = epsilon_text(node.number("epsilon", 1e-5));
  FoundLayer layer{"gn", fmt::format("{}{}{}", groups, eps.empty() ? "" : ",", eps), {}, placeholders({shape[0]})};
  bool is_plain = true;
  const int64_t each = shape[0] / groups;
  for (int64_t c = 0; c < shape[0]; ++c) {
    layer.weights[0].values[static_cast<size_t>(c)] = scale.real(c / each);
    layer.weights[1].values[static_cast<size_t>(c)] = shift.real(c / each);
    is_plain = is_plain && scale.real(c / each) == 1 && shift.real(c / each) == 0;
  }
  layer.takes_affine = is_plain;
  if (!is_plain) layer.weights[0].name = scale.name, layer.weights[1].name = shift.name;
  reader.define(node.output(0), reader.computed(reader.add_layer(std::move(layer), shape, {x.ours}), x.layout));
}

void read_group_norm(GraphReader& reader, OnnxNode& node) {
  const GraphValue x = reader.value(node.input(0));
  const OnnxTensor &scale = reader.constant(node.input(1), "the factor"),
                   &shift = reader.constant(node.input(2), "the shift");
  node.ignore("stash_type");
  const int64_t groups = node.integer("num_groups", 1);
  const int from = x.dims.size() > 2 ? reader.image(x) : reader.flat(x.ours);
  const Shape shape = reader.ours(from).shape;
  const int64_t channels = shape[0];
  if (groups < 1 || channels % groups != 0 || !x.layout.in_order()) throw Error(fmt::format("{} groups", groups));
  const std::string eps = epsilon_text(node.number("epsilon", 1e-5));
  FoundLayer layer{"gn", fmt::format("{}{}{}", groups, eps.empty() ? "" : ",", eps), {}};
  for (const OnnxTensor* c : {&scale, &shift}) {
    if (c->count() != channels && c->count() != groups) throw Error(fmt::format("weights of {} values", c->count()));
    std::vector<float> values;
    for (int64_t i = 0; i < channels; ++i)
      values.push_back(c->real(c->count() == channels ? i : i / (channels / groups)));
    layer.weights.push_back(weight_of(c == &scale ? "weight" : "bias", {channels}, std::move(values), c->name));
  }
  Layout layout = plain_layout(shape);
  if (x.dims.size() == 3) layout.axes = {{0}, {2}};
  reader.define(node.output(0), reader.computed(reader.add_layer(std::move(layer), shape, {from}), std::move(layout)));
}

/// Nodes by what they give.
struct Spelling {
  GraphReader& reader;
  /// The node of that type that gives a name; null when another does.
  const onnx::NodeProto* of(const std::string& name, const char* type) const {
    const onnx::NodeProto* node = reader.producer(name);
    return node && node->op_type() == type ? node : nullptr;
  }
  std::optional<double> number(const std::string& name) const {
    try {
      const GraphValue& value = reader.value(name);
      if (value.constant && value.constant->count() == 1) return value.constant->number(0);
    } catch (const Error&) {
    }
    return {};
  }
  /// The other input of a node of two, where one of them is `known`.
  std::string other(const onnx::NodeProto& node, const std::string& known) const {
    if (node.input_size() != 2) return {};
    return node.input(0) == known ? node.input(1) : node.input(1) == known ? node.input(0) : std::string();
  }
  /// What is squared: x of Pow(x, 2) or Mul(x, x).
  std::string squared(const std::string& name) const {
    if (const auto* pow = of(name, "Pow"); pow && pow->input_size() == 2 && number(pow->input(1)) == 2.0)
      return pow->input(0);
    if (const auto* mul = of(name, "Mul"); mul && mul->input_size() == 2 && mul->input(0) == mul->input(1))
      return mul->input(0);
    return {};
  }
  /// sqrt(variance + eps): the variance, a mean; eps is set.
  const onnx::NodeProto* variance_of(const std::string& root, double& eps) const {
    const auto* sqrt = of(root, "Sqrt");
    const auto* add = sqrt && sqrt->input_size() == 1 ? of(sqrt->input(0), "Add") : nullptr;
    if (!add || add->input_size() != 2) return nullptr;
    for (int i = 0; i < 2; ++i)
      if (const auto constant = number(add->input(1 - i)))
        if (const auto* mean = of(add->input(i), "ReduceMean")) return eps = *constant, mean;
    return nullptr;
  }
};

std::vector<int64_t> mean_axes(GraphReader& reader, const onnx::NodeProto& proto) {
  OnnxNode node(proto, reader.opset(), reader.place());
  return attribute_or_input(reader, node, "axes", 1);
}

}  // namespace

bool read_spelled_norm(GraphReader& reader, const onnx::NodeProto& proto) {
  const Spelling spelling{reader};
  const bool divides = proto.op_type() == "Div";
  if ((!divides && proto.op_type() != "Mul") || proto.input_size() != 2 || proto.output_size() != 1) return false;
  for (int i = 0; i < (divides ? 1 : 2); ++i) {
    const auto* difference = spelling.of(proto.input(i), "Sub");
    std::string root = proto.input(1 - i);
    if (!divides) {  // times 1 / sqrt
      const auto* inverse = spelling.of(root, "Reciprocal");
      root = inverse && inverse->input_size() == 1 ? inverse->input(0) : std::string();
    }
    double eps = 0;
    const auto* variance = difference && !root.empty() ? spelling.variance_of(root, eps) : nullptr;
    if (!variance || difference->input_size() != 2 || variance->input_size() < 1) continue;
    const auto* mean = spelling.of(difference->input(1), "ReduceMean");
    if (!mean || mean->input_size() < 1 || mean->input(0) != difference->input(0)) continue;
    if (spelling.squared(variance->input(0)) != proto.input(i)) continue;
    const GraphValue x = reader.value(difference->input(0));
    if (x.constant) continue;
    std::vector<bool> over(x.dims.size() - 1, false);
    for (const int64_t axis : mean_axes(reader, *mean)) over[sample_axis(axis, x)] = true;
    if (mean_axes(reader, *mean) != mean_axes(reader, *variance)) continue;
    reader.define(proto.output(0), reader.computed(layer_norm(reader, x, over, eps, nullptr, nullptr), x.layout));
    return true;
  }
  return false;
}

namespace {}
std::span<const GraphOperator> norm_operators() {
  static constexpr std::array<GraphOperator, 4> table{{{"BatchNormalization", read_batch_norm},
                                                       {"LayerNormalization", read_layer_norm},
                                                       {"InstanceNormalization", read_instance_norm},
                                                       {"GroupNormalization", read_group_norm}}};
  return table;
}

}  // namespace nn
