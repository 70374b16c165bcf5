// SPDX-License-Identifier: MIT
#include "base/error.h"
#include "formats/models/onnx/graph_writer.h"

namespace nn {
namespace {

using Names = std::vector<std::string>;

/// Writes the nodes of one op; a kind of op without a function here does not compile.
struct OpWriting {
  GraphWriter& to;
  const Graph& graph;
  const Op& op;
  const Names& x;
  const Names& p;

  const Shape& in() const { return graph.value(op.inputs[0]).shape; }
  const Shape& out() const { return graph.value(op.output).shape; }
  Names with_params() const {
    Names all{x[0]};
    all.insert(all.end(), p.begin(), p.end());
    return all;
  }
  std::vector<int64_t> with_batch(const Shape& sample) const {
    std::vector<int64_t> dims{0};  // as it comes
    for (const int64_t d : sample) dims.push_back(d);
    return dims;
  }
  /// A vector by channel as one that is broadcast against x.
  std::string along(const std::string& vector, const Shape& sample, size_t axis) const {
    std::vector<int64_t> axes;
    for (size_t i = axis + 1; i < sample.rank(); ++i) axes.push_back(static_cast<int64_t>(i - axis));
    return axes.empty() ? vector : to.node("Unsqueeze", {vector, to.integers(axes)});
  }

  std::string operator()(const MatMul&) const {
    if (in().rank() != 1) throw Error("a product on rows cannot be written as ONNX here");
    const std::string y = to.node("Gemm", with_params());
    to.with("transB", int64_t{1});
    return y;
  }
  std::string operator()(const Conv& c) const {
    const std::string y = to.node("Conv", with_params());
    to.with("kernel_shape", std::vector{c.kernel_h, c.kernel_w}).with("strides", std::vector{c.stride_h, c.stride_w});
    to.with("pads", std::vector{c.pad_top, c.pad_left, c.pad_bottom, c.pad_right});
    to.with("dilations", std::vector{c.dilation_h, c.dilation_w}).with("group", c.groups);
    return y;
  }
  std::string operator()(const Deconv& c) const {
    const auto cut = [](int64_t pad) { return std::max<int64_t>(pad, 0); };
    const auto more = [](int64_t pad) { return std::max<int64_t>(-pad, 0); };
    const std::string y = to.node("ConvTranspose", with_params());
    to.with("kernel_shape", std::vector{c.kernel_h, c.kernel_w}).with("strides", std::vector{c.stride_h, c.stride_w});
    to.with("pads", std::vector{c.pad_top, c.pad_left, cut(c.pad_bottom), cut(c.pad_right)});
    to.with("output_padding", std::vector{more(c.pad_bottom), more(c.pad_right)});
    to.with("dilations", std::vector{c.dilation_h, c.dilation_w}).with("group", c.groups);
    return y;
  }
  std::string operator()(const Pool& pool) const {
    const bool average = pool.kind == Pool::Kind::average;
    // Padding of a maximum, or that no mean counts, may as well stick out; else a last window does, by ceil_mode.
    const bool ceil = average && pool.count_padding && (pool.beyond_h || pool.beyond_w);
    const std::string y = to.node(average ? "AveragePool" : "MaxPool", {x[0]});
    to.with("kernel_shape", std::vector{pool.kernel_h, pool.kernel_w});
    to.with("strides", std::vector{pool.stride_h, pool.stride_w});
    to.with("pads", std::vector{pool.pad_top, pool.pad_left, pool.pad_bottom - (ceil ? pool.beyond_h : 0),
                                pool.pad_right - (ceil ? pool.beyond_w : 0)});
    if (ceil) to.with("ceil_mode", int64_t{1});
    if (average)
      to.with("count_include_pad", int64_t{pool.count_padding});
    else
      to.with("dilations", std::vector{pool.dilation_h, pool.dilation_w});
    return y;
  }
  std::string operator()(const BatchNorm& bn) const {
    const std::string y = to.node("BatchNormalization", with_params());
    to.with("epsilon", bn.epsilon).with("momentum", 1 - bn.momentum);
    return y;
  }
  /// Over the last axes of the graph, from `axis` on, which counts the batch.
  std::string layer_norm(const std::string& value, int64_t axis, int64_t rank, double eps) const {
    if (to.opset() >= 17) {
      const std::string y = to.node("LayerNormalization", {value, p[0], p[1]});
      to.with("axis", axis).with("epsilon", eps);
      return y;
    }
    std::vector<int64_t> axes;
    for (int64_t a = axis; a < rank; ++a) axes.push_back(a);
    const auto mean = [&](const std::string& of) {
      const std::string y = to.node("ReduceMean", {of});
      to.with("axes", axes);
      return y;
    };
    const std::string difference = to.node("Sub", {value, mean(value)});
    const std::string variance = mean(to.node("Mul", {difference, difference}));
    const std::string root = to.node("Sqrt", {to.node("Add", {variance, to.number(eps)})});
    return to.node("Add", {to.node("Mul", {to.node("Div", {difference, root}), p[0]}), p[1]});
  }
  std::string operator()(const LayerNorm& norm) const {
    const auto rank = static_cast<int64_t>(in().rank()) + 1;
    if (norm.last < 0 || norm.last == rank - 2) return layer_norm(x[0], norm.axis + 1, rank, norm.epsilon);
    const std::string turned = to.node("Transpose", {x[0]});
    to.with("perm", std::vector<int64_t>{0, 2, 3, 1});
    const std::string y = to.node("Transpose", {layer_norm(turned, 3, 4, norm.epsilon)});
    to.with("perm", std::vector<int64_t>{0, 3, 1, 2});
    return y;
  }
  /// InstanceNormalization over groups; in later opsets GroupNormalization changed its weights.
  std::string operator()(const GroupNorm& norm) const {
    const auto n = static_cast<size_t>(norm.groups);
    const std::string grouped = to.node("Reshape", {x[0], to.integers({0, norm.groups, -1})});
    const std::string ones = to.floats(op.layer + "/ones", {norm.groups}, std::vector<float>(n, 1));
    const std::string zeros = to.floats(op.layer + "/zeros", {norm.groups}, std::vector<float>(n, 0));
    const std::string even = to.node("InstanceNormalization", {grouped, ones, zeros});
    to.with("epsilon", norm.epsilon);
    const std::string back = to.node("Reshape", {even, to.integers(with_batch(in()))});
    const std::string scaled = to.node("Mul", {back, along(p[0], in(), 0)});
    return to.node("Add", {scaled, along(p[1], in(), 0)});
  }
  std::string operator()(const Scale& scale) const {
    const auto axis = static_cast<size_t>(scale.axis);
    const std::string y = to.node("Mul", {x[0], along(p[0], in(), axis)});
    return p.size() < 2 ? y : to.node("Add", {y, along(p[1], in(), axis)});
  }
  std::string operator()(const Map& map) const { return write_map(to, map, x[0]); }
  std::string operator()(const PRelu& prelu) const {
    const std::string slope = prelu.axis == 1 ? along(p[0], in(), 0) : p[0];
    return to.node("PRelu", {x[0], slope});
  }
  std::string operator()(const Softmax& softmax) const {
    const std::string y = to.node("Softmax", {x[0]});
    to.with("axis", softmax.axis + 1);
    return y;
  }
  std::string operator()(const Dropout& dropout) const {  // nothing, in inference
    if (dropout.whole_samples || !(dropout.rate > 0)) return to.node("Identity", {x[0]});
    return to.node("Dropout", {x[0], to.number(dropout.rate)});
  }
  std::string operator()(const Shuffle& shuffle) const {
    const std::string cut =
        to.node("Reshape", {x[0], to.integers({0, shuffle.groups, in()[0] / shuffle.groups, in()[1], in()[2]})});
    const std::string turned = to.node("Transpose", {cut});
    to.with("perm", std::vector<int64_t>{0, 2, 1, 3, 4});
    return to.node("Reshape", {turned, to.integers(with_batch(in()))});
  }
  std::string operator()(const Upsample& up) const {
    const std::string scales =
        to.floats(op.layer + "/scales", {4}, {1, 1, static_cast<float>(up.factor_h), static_cast<float>(up.factor_w)});
    const std::string y = to.node("Resize", {x[0], "", scales});
    to.with("mode", std::string(up.bilinear ? "linear" : "nearest"));
    to.with("coordinate_transformation_mode", std::string(up.bilinear ? "half_pixel" : "asymmetric"));
    if (!up.bilinear) to.with("nearest_mode", std::string("floor"));
    return y;
  }
  std::string operator()(const Reshape&) const {
    if (out().rank() != 1) return to.node("Reshape", {x[0], to.integers(with_batch(out()))});
    const std::string y = to.node("Flatten", {x[0]});
    to.with("axis", int64_t{1});
    return y;
  }
  std::string operator()(const Add&) const { return to.node("Add", {x[0], x[1]}); }
  std::string operator()(const Mul&) const {
    const Shape &whole = graph.value(op.inputs[0]).shape, &factor = graph.value(op.inputs[1]).shape;
    if (factor.rank() == whole.rank()) return to.node("Mul", {x[0], x[1]});
    return to.node("Mul", {x[0], to.node("Unsqueeze", {x[1], to.integers({2, 3})})});
  }
  std::string operator()(const Concat& concat) const {
    const std::string y = to.node("Concat", x);
    to.with("axis", concat.axis + 1);
    return y;
  }
  std::string operator()(const Slice& slice) const {
    return to.node("Slice",
                   {x[0], to.integers({slice.begin}), to.integers({slice.end}), to.integers({slice.axis + 1})});
  }
  [[noreturn]] std::string rows() const { throw Error("samples of any number of rows cannot be written as ONNX here"); }
  std::string operator()(const Embed&) const { rows(); }
  std::string operator()(const Attention&) const { rows(); }
  std::string operator()(const SegmentPool&) const { rows(); }
  std::string operator()(const L2Norm&) const { throw Error("l2norm cannot be written as ONNX here"); }
  [[noreturn]] std::string loss() const { throw Error("a loss is no part of a model that predicts"); }
  std::string operator()(const SoftmaxLoss&) const { loss(); }
  std::string operator()(const MseLoss&) const { loss(); }
  std::string operator()(const BceLoss&) const { loss(); }
};

}  // namespace

std::string write_op(GraphWriter& to, const Graph& graph, const Op& op, const Names& inputs, const Names& params) {
  to.at_layer(op.layer);
  return std::visit(OpWriting{to, graph, op, inputs, params}, op.what);
}

}  // namespace nn
