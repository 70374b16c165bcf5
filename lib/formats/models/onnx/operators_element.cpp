// SPDX-License-Identifier: MIT
// Functions of single numbers on computed values, and sums and products with constants by channel.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "formats/models/onnx/graph_reader.h"

namespace nn {
namespace {

/// Steps of a constant through the view of a value; empty where it does not fit below it.
std::optional<std::vector<int64_t>> steps_below(const GraphValue& x, const OnnxTensor& constant) {
  std::vector<int64_t> dims = constant.dims;
  if (dims.size() > x.dims.size()) return {};
  if (dims.size() == x.dims.size()) {
    if (dims[0] != 1) return {};
    dims.erase(dims.begin());
  }
  dims.insert(dims.begin(), x.dims.size() - 1 - dims.size(), 1);
  return steps_of_constant(x.layout, dims);
}

/// Values of a constant along some axes of the view, row by row.
std::vector<float> along(const GraphValue& x, size_t first, size_t end, const std::vector<int64_t>& steps,
                         const OnnxTensor& constant) {
  std::vector<int64_t> places{0};
  int64_t count = 1;
  for (size_t a = first; a < end; ++a) count *= x.layout.view[a];
  if (count > constant.count()) checked_count(count);
  for (size_t a = first; a < end; ++a) {
    std::vector<int64_t> longer;
    for (const int64_t place : places)
      for (int64_t i = 0; i < x.layout.view[a]; ++i) longer.push_back(place + i * steps[a]);
    places = std::move(longer);
  }
  std::vector<float> values;
  for (const int64_t place : places) values.push_back(constant.real(place));
  return values;
}

/// Axes of the view that are the channels of a sample: first and one behind the last.
std::pair<size_t, size_t> channel_axes(const std::vector<int64_t>& view, const Shape& sample) {
  if (sample.rank() == 1) return {0, view.size()};
  int64_t count = 1;
  if (sample.rank() == 2) {
    size_t first = view.size();
    while (first > 0 && count < sample[1]) count *= view[--first];
    return {first, view.size()};
  }
  size_t end = 0;
  while (end < view.size() && count < sample[0]) count *= view[end++];
  return {0, end};
}

bool is_uniform(const OnnxTensor& x) {
  const int64_t count = x.count();
  for (int64_t i = 1; i < count; ++i)
    if (x.number(i) != x.number(0)) return false;
  return count > 0;
}

OnnxTensor changed(const OnnxTensor& x, float (*f)(float)) {
  OnnxTensor y = x;
  y.is_float = true, y.floats.resize(static_cast<size_t>(x.count()));
  for (int64_t i = 0; i < x.count(); ++i) y.floats[static_cast<size_t>(i)] = f(x.real(i));
  return y;
}

/// x op constant, or constant op x, as a factor and a shift by channel.
std::optional<int> affine(GraphReader& reader, const std::string& name, const std::string& type, bool constant_first,
                          const OnnxTensor& c) {
  if (type == "Mul") return with_affine(reader, name, &c, nullptr);
  if (type == "Add") return with_affine(reader, name, nullptr, &c);
  if (type == "Sub" && !constant_first) {
    const OnnxTensor minus = changed(c, [](float v) { return -v; });
    return with_affine(reader, name, nullptr, &minus);
  }
  if (type == "Div" && !constant_first) {
    const OnnxTensor inverse = changed(c, [](float v) { return 1 / v; });
    return with_affine(reader, name, &inverse, nullptr);
  }
  return {};
}

void with_constant(GraphReader& reader, OnnxNode& node, const ElementFunction& f, bool constant_first) {
  const std::string& name = node.input(constant_first ? 1 : 0);
  const GraphValue x = reader.value(name);
  const OnnxTensor& c = reader.constant(node.input(constant_first ? 0 : 1), "a constant");
  if (c.dims.size() > x.dims.size()) throw Error("with a constant of more axes");
  std::optional<int> made;
  if (c.count() != 1) made = affine(reader, name, f.type, constant_first, c);
  if (!made) {
    if (!is_uniform(c) || !steps_below(x, c))
      throw Error(fmt::format("with a constant of {} on {}: only values by channel are layers here",
                              Shape(c.dims).text(), Shape(x.dims).text()));
    const double value = c.number(0);
    ElementFunction bound{{}, f.type};
    bound.f = constant_first
                  ? std::function<double(double, double)>([g = f.f, value](double v, double) { return g(value, v); })
                  : [g = f.f, value](double v, double) { return g(v, value); };
    made = reader.apply(std::move(bound), x.ours, -1);
  }
  reader.define(node.output(0), reader.computed(*made, x.layout));
}

/// The value with axes as the graph has them.
GraphValue in_plain(GraphReader& reader, const GraphValue& x) {
  const Shape shape(x.sample_dims());
  return reader.computed(reader.in_shape(x, shape), plain_layout(shape));
}

/// x times a value a channel, or a value a cell.
GraphValue gated(GraphReader& reader, const GraphValue& x, const GraphValue& gate) {
  const Shape shape = reader.ours(x.ours).shape;
  const auto fail = [&] {
    throw Error(fmt::format("of {} and {}: only a value a channel, or a value a cell, of images is a layer here",
                            Shape(x.dims).text(), Shape(gate.dims).text()));
  };
  if (gate.dims.size() != x.dims.size() || shape.rank() != 3 || x.layout.view != shape.dims()) fail();
  std::vector<bool> varies(3, false);
  for (size_t i = 0; i < x.layout.axes.size(); ++i) {
    if (gate.dims[i + 1] == 1) continue;
    if (gate.dims[i + 1] != x.dims[i + 1] || x.layout.axes[i].size() != 1) fail();
    varies[x.layout.axes[i][0]] = true;
    const Shape& own = reader.ours(gate.ours).shape;
    if (own.rank() == 3 && gate.layout.axes[i] != x.layout.axes[i]) fail();
  }
  int factor = gate.ours;
  const Shape own = reader.ours(factor).shape, cells{1, shape[1], shape[2]}, channels{shape[0], 1, 1};
  if (!varies[1] && !varies[2]) {
    if (own != channels) factor = reader.flat(factor);
  } else if (own != cells) {
    fail();
  }
  return reader.computed(reader.add_layer({"mul", "", {}}, shape, {x.ours, factor}), x.layout);
}

void of_two(GraphReader& reader, OnnxNode& node, const ElementFunction& f) {
  const GraphValue a = reader.value(node.input(0)), b = reader.value(node.input(1));
  if (a.dims != b.dims) {
    if (f.type != "Mul")
      throw Error(
          fmt::format("of {} and {}: values of one shape can be added", Shape(a.dims).text(), Shape(b.dims).text()));
    const bool first_larger = Shape(a.dims).count() >= Shape(b.dims).count();
    return reader.define(node.output(0), first_larger ? gated(reader, a, b) : gated(reader, b, a));
  }
  const bool same = a.layout == b.layout && reader.ours(a.ours).shape == reader.ours(b.ours).shape;
  const GraphValue left = same ? a : in_plain(reader, a), right = same ? b : in_plain(reader, b);
  reader.define(node.output(0), reader.computed(reader.apply(f, left.ours, right.ours), left.layout));
}

void clip(GraphReader& reader, OnnxNode& node) {
  const auto limit = [&](const char* name, int i, double otherwise) {
    double value = node.number(name, otherwise);
    if (!node.input(i).empty()) {
      const OnnxTensor& c = reader.constant(node.input(i), "a limit");
      if (c.count() != 1) throw Error("limits of several values");
      value = c.number(0);
    }
    return value;
  };
  const GraphValue x = reader.value(node.input(0));
  constexpr double far = 3.5e38;
  const ElementFunction f = clip_function(limit("min", 1, -far), limit("max", 2, far));
  reader.define(node.output(0), reader.computed(reader.apply(f, x.ours, -1), x.layout));
}

/// One of two values by a condition: the sum of what it takes of each, where it takes 0 instead of the other.
void where(GraphReader& reader, OnnxNode& node) {
  const GraphValue condition = reader.value(node.input(0));
  if (condition.constant) throw Error("by a constant condition");
  std::optional<int> sum;
  for (const bool wanted : {true, false}) {
    const GraphValue choice = reader.value(node.input(wanted ? 1 : 2));
    ElementFunction taken{[wanted](double c, double v) { return (c != 0) == wanted ? v : 0; }, "Where", true};
    int part = -1;
    if (choice.constant) {
      if (choice.constant->count() != 1) throw Error("with a constant of several values");
      part =
          reader.apply({[f = taken.f, v = choice.constant->number(0)](double c, double) { return f(c, v); }, "Where"},
                       condition.ours, -1);
    } else if (!(choice.layout == condition.layout)) {
      throw Error("of values that are no function of one value");
    } else {
      part = reader.apply(std::move(taken), condition.ours, choice.ours);
    }
    sum = sum ? reader.apply({[](double a, double b) { return a + b; }, "Where", true}, *sum, part) : part;
  }
  reader.define(node.output(0), reader.computed(*sum, condition.layout));
}

void prelu(GraphReader& reader, OnnxNode& node) {
  const GraphValue x = reader.value(node.input(0));
  const OnnxTensor& slope = reader.constant(node.input(1), "the slope");
  const Shape shape = reader.ours(x.ours).shape;
  FoundLayer layer{"prelu", "", {}};
  if (slope.count() == 1) {
    layer.weights = {weight_of("weight", {1}, {slope.real(0)}, slope.name)};
  } else if (auto values = by_channel(x, shape, slope)) {
    layer.arguments = "channel";
    layer.weights = {weight_of("weight", {static_cast<int64_t>(values->size())}, *values, slope.name)};
  } else if (auto all = by_element(x, slope)) {
    layer.arguments = "element";
    layer.weights = {weight_of("weight", shape, *all, slope.name)};
  } else {
    throw Error("slopes of " + Shape(slope.dims).text() + " on " + Shape(x.dims).text());
  }
  reader.define(node.output(0), reader.computed(reader.add_layer(std::move(layer), shape, {x.ours}), x.layout));
}

}  // namespace

ForeignTensor weight_of(const char* role, Shape shape, std::vector<float> values, const std::string& name) {
  ForeignTensor tensor{name, std::move(shape), Element::f32, std::move(values)};
  tensor.path = role;
  return tensor;
}

std::optional<std::vector<float>> by_channel(const GraphValue& x, const Shape& sample, const OnnxTensor& constant) {
  const auto steps = steps_below(x, constant);
  if (!steps) return {};
  const auto [first, end] = channel_axes(x.layout.view, sample);
  for (size_t a = 0; a < steps->size(); ++a)
    if ((a < first || a >= end) && (*steps)[a] != 0 && x.layout.view[a] != 1) return {};
  return along(x, first, end, *steps, constant);
}

std::optional<std::vector<float>> by_element(const GraphValue& x, const OnnxTensor& constant) {
  const auto steps = steps_below(x, constant);
  if (!steps) return {};
  return along(x, 0, x.layout.view.size(), *steps, constant);
}

std::optional<int> with_affine(GraphReader& reader, const std::string& name, const OnnxTensor* factor,
                               const OnnxTensor* shift) {
  const GraphValue x = reader.value(name);
  int number = x.ours;
  const OnnxTensor& constant = factor ? *factor : *shift;
  auto values = by_channel(x, reader.ours(number).shape, constant);
  if (!values && reader.ours(number).shape.rank() != 1 && x.layout.axes.size() == 1) {
    number = reader.flat(number);
    values = by_channel(x, reader.ours(number).shape, constant);
  }
  const Shape shape = reader.ours(number).shape;
  const int at = reader.ours(number).layer;
  const bool by_elements = !values && at >= 0 && reader.layer(at).takes_affine &&
                           reader.layer(at).weights.at(0).shape == shape && constant.count() == shape.count();
  if (by_elements) values = by_element(x, constant);
  if (!values) return {};
  const Shape channels = by_elements ? shape : Shape{static_cast<int64_t>(values->size())};
  if (at >= 0 && reader.used_once(name)) {
    FoundLayer& layer = reader.layer(at);
    if (shift && layer.takes_bias) {
      layer.takes_bias = false;
      layer.weights.push_back(weight_of("bias", channels, *values, constant.name));
      return number;
    }
    if (layer.takes_affine && layer.weights.at(0).shape == channels && layer.weights.at(1).name.empty() &&
        (shift || layer.weights.at(0).name.empty())) {
      layer.weights.at(factor ? 0 : 1) = weight_of(factor ? "weight" : "bias", channels, *values, constant.name);
      return number;
    }
  }
  if (by_elements) return {};
  FoundLayer layer{"scale", "", {}};
  if (factor)
    layer.weights = {weight_of("weight", channels, *values, constant.name)}, layer.takes_bias = true;
  else
    layer.weights = {weight_of("weight", channels, std::vector<float>(values->size(), 1), ""),
                     weight_of("bias", channels, *values, constant.name)};
  return reader.add_layer(std::move(layer), shape, {number});
}

bool read_element_function(GraphReader& reader, OnnxNode& node) {
  if (node.type() == "Clip") return clip(reader, node), true;
  if (node.type() == "Where") return where(reader, node), true;
  if (node.type() == "PRelu") return prelu(reader, node), true;
  auto f = node.type() == "Sum"
               ? std::optional<ElementFunction>({[](double a, double b) { return a + b; }, "Add", true})
               : element_function(node);
  if (!f) return false;
  if (!f->of_two) {
    const GraphValue x = reader.value(node.input(0));
    reader.define(node.output(0), reader.computed(reader.apply(*f, x.ours, -1), x.layout));
    return true;
  }
  if (node.inputs() != 2) throw Error(fmt::format("of {} values; two are read here", node.inputs()));
  const bool first = reader.value(node.input(0)).constant != nullptr;
  if (first || reader.value(node.input(1)).constant)
    with_constant(reader, node, *f, first);
  else
    of_two(reader, node, *f);
  return true;
}

}  // namespace nn
