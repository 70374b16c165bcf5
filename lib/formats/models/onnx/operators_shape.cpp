// SPDX-License-Identifier: MIT
// Operators that change the shape or order of values, or join them.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "base/error.h"
#include "formats/models/onnx/graph_reader.h"

namespace nn {
namespace {

/// x in another shape of the graph.
void define_reshaped(GraphReader& reader, OnnxNode& node, const std::vector<int64_t>& dims) {
  const GraphValue& x = reader.value(node.input(0));
  if (dims.empty() || dims[0] != reader.batch())
    throw Error(fmt::format("from {} to {}: mixes the samples of a batch", Shape(x.dims).text(), Shape(dims).text()));
  auto layout = reshaped(x.layout, {dims.begin() + 1, dims.end()});
  if (!layout)
    throw Error(
        fmt::format("from {} to {}: joins parts of axes that lie apart", Shape(x.dims).text(), Shape(dims).text()));
  reader.define(node.output(0), reader.computed(x.ours, std::move(*layout)));
}

void read_reshape(GraphReader& reader, OnnxNode& node) {
  const std::vector<int64_t> wanted = attribute_or_input(reader, node, "shape", 1);
  const bool zeros = node.integer("allowzero", 0) != 0;
  define_reshaped(reader, node, reshaped_dims(reader.value(node.input(0)).dims, wanted, zeros));
}

void read_flatten(GraphReader& reader, OnnxNode& node) {
  const GraphValue& x = reader.value(node.input(0));
  int64_t axis = node.integer("axis", 1);
  if (axis < 0) axis += static_cast<int64_t>(x.dims.size());
  if (axis < 0 || axis > static_cast<int64_t>(x.dims.size())) throw Error(fmt::format("axis {}", axis));
  const std::vector<int64_t> front(x.dims.begin(), x.dims.begin() + axis), behind(x.dims.begin() + axis, x.dims.end());
  define_reshaped(reader, node, {Shape(front).count(), Shape(behind).count()});
}

void read_unsqueeze(GraphReader& reader, OnnxNode& node) {
  const std::vector<int64_t> axes = attribute_or_input(reader, node, "axes", 1);
  define_reshaped(reader, node, unsqueezed_dims(reader.value(node.input(0)).dims, axes));
}

void read_squeeze(GraphReader& reader, OnnxNode& node) {
  const GraphValue& x = reader.value(node.input(0));
  std::vector<int64_t> axes = attribute_or_input(reader, node, "axes", 1);
  if (axes.empty())  // all of extent 1: never the batch
    for (size_t i = 1; i < x.dims.size(); ++i)
      if (x.dims[i] == 1) axes.push_back(static_cast<int64_t>(i));
  define_reshaped(reader, node, squeezed_dims(x.dims, axes));
}

void read_transpose(GraphReader& reader, OnnxNode& node) {
  const GraphValue& x = reader.value(node.input(0));
  const std::vector<int64_t> order = node.integers("perm");
  std::vector<bool> seen(x.dims.size(), false);
  std::vector<size_t> axes;
  if (order.size() != x.dims.size() || order[0] != 0) throw Error("perm: expected one that leaves the batch in front");
  for (const int64_t a : order) {
    if (a < 0 || a >= static_cast<int64_t>(seen.size()) || seen[static_cast<size_t>(a)])
      throw Error("perm: expected each axis once");
    seen[static_cast<size_t>(a)] = true;
    if (a > 0) axes.push_back(static_cast<size_t>(a) - 1);
  }
  reader.define(node.output(0), reader.computed(x.ours, transposed(x.layout, axes)));
}

void read_identity(GraphReader& reader, OnnxNode& node) {
  GraphValue x = reader.value(node.input(0));
  reader.define(node.output(0), std::move(x));
}

void read_cast(GraphReader& reader, OnnxNode& node) {
  node.ignore("saturate");
  const Element to = onnx_element(static_cast<int>(node.integer("to", 1)));
  if (to != Element::f32 && to != Element::f64 && to != Element::f16 && to != Element::bf16)
    throw Error(std::string("of computed values to ") + name_of(to));
  read_identity(reader, node);
}

/// Kept as a layer: it does nothing in evaluation, and is there again in fine-tuning.
void read_dropout(GraphReader& reader, OnnxNode& node) {
  node.ignore("seed");
  double rate = node.number("ratio", 0.5);
  node.ignore("is_test");
  if (!node.input(1).empty()) rate = reader.constant(node.input(1), "the ratio").number(0);
  if (!node.input(2).empty() && reader.constant(node.input(2), "training_mode").number(0) != 0)
    throw Error("in training mode; export the model for inference");
  const GraphValue x = reader.value(node.input(0));
  if (!(rate > 0 && rate < 1)) return read_identity(reader, node);
  const int made = reader.add_layer({"dropout", fmt::format("{}", static_cast<float>(rate)), {}},
                                    reader.ours(x.ours).shape, {x.ours});
  reader.define(node.output(0), reader.computed(made, x.layout));
}

void read_expand(GraphReader& reader, OnnxNode& node) {
  const GraphValue& x = reader.value(node.input(0));
  const std::vector<int64_t>& wanted = reader.constant(node.input(1), "the shape").ints;
  for (size_t i = 0; i < wanted.size() && i < x.dims.size(); ++i)
    if (wanted[wanted.size() - 1 - i] != 1 && wanted[wanted.size() - 1 - i] != x.dims[x.dims.size() - 1 - i])
      throw Error("no layer here repeats values");
  if (wanted.size() > x.dims.size()) throw Error("no layer here repeats values");
  read_identity(reader, node);
}

/// Some of the channels of x.
GraphValue part_of(GraphReader& reader, const GraphValue& x, size_t axis, int64_t begin, int64_t end) {
  GraphValue from = x;
  if (x.dims.size() == 4 && axis == 0 && x.layout.view != reader.ours(x.ours).shape.dims()) {
    const int image = reader.image(x);
    from = reader.computed(image, plain_layout(reader.ours(image).shape));
  }
  Shape shape = reader.ours(from.ours).shape;
  const size_t channels = shape.rank() == 2 ? 1 : 0;
  if (from.layout.view != shape.dims() || from.layout.axes[axis] != std::vector<size_t>{channels})
    throw Error(fmt::format("of {}: only a part of the channels is a layer here", Shape(x.dims).text()));
  shape[channels] = end - begin;
  const int made = reader.add_layer({"slice", fmt::format("{},{}", begin, end), {}}, shape, {from.ours});
  from.layout.view = shape.dims();
  return reader.computed(made, std::move(from.layout));
}

void read_slice(GraphReader& reader, OnnxNode& node) {
  GraphValue x = reader.value(node.input(0));
  const std::vector<int64_t> starts = attribute_or_input(reader, node, "starts", 1),
                             ends = attribute_or_input(reader, node, "ends", 2),
                             steps = attribute_or_input(reader, node, "", 4);
  std::vector<int64_t> axes = attribute_or_input(reader, node, "axes", 3);
  if (axes.empty()) axes.resize(starts.size()), std::iota(axes.begin(), axes.end(), int64_t{0});
  if (ends.size() != starts.size() || axes.size() != starts.size() || (!steps.empty() && steps.size() != starts.size()))
    throw Error("starts, ends, axes and steps of different sizes");
  for (size_t i = 0; i < starts.size(); ++i) {
    const auto rank = static_cast<int64_t>(x.dims.size());
    const int64_t axis = axes[i] < 0 ? axes[i] + rank : axes[i];
    if (axis < 0 || axis >= rank) throw Error(fmt::format("axis {} of {}", axes[i], Shape(x.dims).text()));
    const int64_t n = x.dims[static_cast<size_t>(axis)];
    const auto place = [&](int64_t at) { return std::clamp(at < 0 ? at + n : at, int64_t{0}, n); };
    const int64_t begin = place(starts[i]), end = place(ends[i]);
    if (!steps.empty() && steps[i] != 1) throw Error("in steps, on a computed value");
    if (begin == 0 && end == n) continue;
    if (end <= begin) throw Error("of nothing");
    x = part_of(reader, x, sample_axis(axis, x), begin, end);
  }
  reader.define(node.output(0), std::move(x));
}

void read_split(GraphReader& reader, OnnxNode& node) {
  const GraphValue x = reader.value(node.input(0));
  const size_t axis = sample_axis(node.integer("axis", 0), x);
  std::vector<int64_t> sizes = attribute_or_input(reader, node, "split", 1);
  const int64_t n = x.dims[axis + 1], parts = node.integer("num_outputs", node.outputs());
  if (sizes.empty() && parts > 0)
    for (int64_t i = 0, each = (n + parts - 1) / parts; i < parts; ++i) sizes.push_back(std::min(each, n - i * each));
  if (static_cast<int>(sizes.size()) != node.outputs()) throw Error("into another number of parts than it has outputs");
  int64_t begin = 0;
  for (size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] < 1 || sizes[i] > n - begin) throw Error(fmt::format("a part of {} of {}", sizes[i], n));
    const bool whole = sizes[i] == n;
    reader.define(node.output(static_cast<int>(i)), whole ? x : part_of(reader, x, axis, begin, begin + sizes[i]));
    begin += sizes[i];
  }
}

void read_concat(GraphReader& reader, OnnxNode& node) {
  std::vector<GraphValue> values;
  for (int i = 0; i < node.inputs(); ++i) {
    values.push_back(reader.value(node.input(i)));
    if (values.back().constant) throw Error("joins computed values with a constant");
  }
  const GraphValue& first = values.at(0);
  const size_t axis = sample_axis(node.integer("axis", 1), first);
  if (values.size() == 1) return read_identity(reader, node);
  std::vector<int> inputs;
  int64_t channels = 0;
  bool same = true;
  for (const GraphValue& x : values) {
    const Shape& shape = reader.ours(x.ours).shape;
    same = same && x.layout.axes == first.layout.axes && x.layout.view == shape.dims() &&
           shape.rank() == reader.ours(first.ours).shape.rank();
  }
  size_t joined = reader.ours(first.ours).shape.rank() == 2 ? 1 : 0;
  same = same && first.layout.axes[axis] == std::vector<size_t>{joined};
  if (!same) joined = 0;
  if (!same && axis != 0) throw Error("along another axis than the channels");
  for (const GraphValue& x : values) {
    if (x.dims.size() != first.dims.size()) throw Error("joins values of different ranks");
    const std::vector<int64_t> dims = x.sample_dims();
    inputs.push_back(same ? x.ours : reader.in_shape(x, Shape(dims)));
    channels += reader.ours(inputs.back()).shape[joined];
  }
  Shape shape = reader.ours(inputs[0]).shape;
  if (!same && shape.rank() != 1 && shape.rank() != 3) throw Error("of values of " + shape.text());
  shape[joined] = channels;
  Layout layout = same ? first.layout : plain_layout(shape);
  if (same) layout.view = shape.dims();
  reader.define(node.output(0),
                reader.computed(reader.add_layer({"concat", "", {}}, shape, inputs), std::move(layout)));
}

void read_softmax(GraphReader& reader, OnnxNode& node) {
  const GraphValue x = reader.value(node.input(0));
  const bool old = node.opset() < 13;
  const size_t axis = sample_axis(node.integer("axis", old ? 1 : -1), x);
  const std::vector<int64_t> dims = x.sample_dims();
  if (old &&
      std::any_of(dims.begin() + static_cast<std::ptrdiff_t>(axis) + 1, dims.end(), [](int64_t d) { return d != 1; }))
    throw Error("over several axes at once (opset below 13)");
  const Shape shape = reader.ours(x.ours).shape;
  const std::string kind = node.type() == "LogSoftmax" ? "log_softmax" : "softmax";
  int number = x.ours;
  std::string arguments;
  if (dims[axis] == shape.count()) {
    number = reader.flat(x.ours);
  } else {
    const std::vector<size_t>& list = x.layout.axes[axis];
    if (x.layout.view != shape.dims() || list.size() != 1) throw Error("over an axis that is none of ours");
    if (shape.rank() != 3 || list[0] != 0) arguments = fmt::format("axis={}", list[0]);
  }
  const int made = reader.add_layer({kind, arguments, {}}, reader.ours(number).shape, {number});
  reader.define(node.output(0), reader.computed(made, x.layout));
}

}  // namespace

std::span<const GraphOperator> shape_operators() {
  static constexpr std::array<GraphOperator, 15> table{{{"Reshape", read_reshape},
                                                        {"Flatten", read_flatten},
                                                        {"Unsqueeze", read_unsqueeze},
                                                        {"Squeeze", read_squeeze},
                                                        {"Transpose", read_transpose},
                                                        {"Identity", read_identity},
                                                        {"Cast", read_cast},
                                                        {"Dropout", read_dropout},
                                                        {"Expand", read_expand},
                                                        {"Slice", read_slice},
                                                        {"Split", read_split},
                                                        {"Concat", read_concat},
                                                        {"Softmax", read_softmax},
                                                        {"LogSoftmax", read_softmax},
                                                        {"StopGradient", read_identity}}};
  return table;
}

const GraphOperator* graph_operator(std::string_view type) {
  for (const auto& operators :
       {shape_operators(), window_operators(), size_operators(), product_operators(), norm_operators()})
    for (const GraphOperator& known : operators)
      if (type == known.type) return &known;
  return nullptr;
}

std::vector<int64_t> attribute_or_input(GraphReader& reader, OnnxNode& node, const char* name, int i) {
  std::vector<int64_t> values = node.integers(name);
  if (!node.input(i).empty()) values = reader.constant(node.input(i), "an input that says how").ints;
  return values;
}

size_t sample_axis(int64_t axis, const GraphValue& x) {
  const auto rank = static_cast<int64_t>(x.dims.size());
  if (axis < 0) axis += rank;
  if (axis == 0) throw Error("along the batch");
  if (axis < 0 || axis >= rank) throw Error(fmt::format("axis {} of {}", axis, Shape(x.dims).text()));
  return static_cast<size_t>(axis) - 1;
}

std::vector<int64_t> reshaped_dims(const std::vector<int64_t>& dims, std::vector<int64_t> wanted, bool zeros_count) {
  const int64_t count = Shape(dims).count();
  if (wanted.size() > 16) throw Error(fmt::format("to {} axes", wanted.size()));
  std::optional<size_t> open;
  int64_t known = 1;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == 0 && !zeros_count) {
      if (i >= dims.size()) throw Error("copies an axis that is not there");
      wanted[i] = dims[i];
    }
    if (wanted[i] == -1) {
      if (open) throw Error("leaves two extents open");
      open = i;
    } else if (wanted[i] < 0 || __builtin_mul_overflow(known, wanted[i], &known)) {
      throw Error(fmt::format("an extent of {}", wanted[i]));
    }
  }
  if (open) {
    if (known == 0 || count % known != 0) throw Error(Shape(dims).text() + " cannot be divided so");
    wanted[*open] = count / known;
  } else if (known != count) {
    throw Error(fmt::format("from {} to {} values", count, known));
  }
  return wanted;
}

std::vector<int64_t> unsqueezed_dims(const std::vector<int64_t>& dims, const std::vector<int64_t>& axes) {
  const size_t rank = dims.size() + axes.size();
  if (rank > 16) throw Error("too many axes");
  std::vector<int64_t> result(rank, 0);
  for (int64_t a : axes) {
    if (a < 0) a += static_cast<int64_t>(rank);
    if (a < 0 || a >= static_cast<int64_t>(rank) || result[static_cast<size_t>(a)]) throw Error("axes that do not fit");
    result[static_cast<size_t>(a)] = 1;
  }
  size_t next = 0;
  std::vector<int64_t> whole;
  for (const int64_t mark : result) whole.push_back(mark ? 1 : dims[next++]);
  return whole;
}

std::vector<int64_t> squeezed_dims(const std::vector<int64_t>& dims, const std::vector<int64_t>& axes) {
  std::vector<bool> gone(dims.size(), false);
  for (int64_t a : axes) {
    if (a < 0) a += static_cast<int64_t>(dims.size());
    if (a < 0 || a >= static_cast<int64_t>(dims.size()) || dims[static_cast<size_t>(a)] != 1)
      throw Error("drops an axis that has another extent than 1");
    gone[static_cast<size_t>(a)] = true;
  }
  std::vector<int64_t> result;
  for (size_t i = 0; i < dims.size(); ++i)
    if (!gone[i] && (!axes.empty() || dims[i] != 1)) result.push_back(dims[i]);
  return result;
}

}  // namespace nn
