// SPDX-License-Identifier: MIT
// Builds graphs for tests: each call adds one op with its parameters and returns the value it computes.
#pragma once

#include <string>
#include <vector>

#include "graph/graph.h"

namespace nn::test {

class GraphBuilder {
 public:
  bool trainable = true;  ///< of the weights that follow
  double l1 = 0, l2 = 0;  ///< of the weights that follow

  ValueId input(Shape shape) { return graph_.add_input("input", {std::move(shape)}); }
  /// Samples of up to `most` rows of that shape; of ids.
  ValueId rows_input(Shape row, int64_t most) {
    return graph_.add_input("input", {std::move(row), ElementType::float32, true, most});
  }
  ValueId ids_input(int64_t most) { return graph_.add_input("input", {Shape{}, ElementType::int32, true, most}); }
  ValueId embed(ValueId ids, const Embed& e) {
    std::vector<ParamId> params{param("weight", {e.vocabulary, e.width})};
    if (e.positions) params.push_back(param("position", {e.positions, e.width}));
    if (e.types) params.push_back(param("type", {e.types, e.width}));
    return add(e, {ids}, {e.width}, params);
  }
  /// Of q|k|v in one value. bias: the parameter of an earlier one, or made here.
  ValueId attention(ValueId qkv, int64_t heads, int64_t buckets = 0, ParamId bias = -1) {
    std::vector<ParamId> params;
    if (buckets) params.push_back(bias >= 0 ? bias : param("relative", {buckets, heads}));
    return add(Attention{heads, buckets}, {qkv}, {shape(qkv)[0] / 3}, params);
  }
  ValueId segment_pool(ValueId x, SegmentPool::Kind kind) { return add(SegmentPool{kind}, {x}, shape(x), {}); }
  ValueId l2norm(ValueId x, double epsilon = 1e-12) { return add(L2Norm{epsilon}, {x}, shape(x), {}); }
  ValueId matmul(ValueId x, int64_t out, bool bias = true) {
    const int64_t in = shape(x).count();
    std::vector<ParamId> params{param("weight", {out, in})};
    if (bias) params.push_back(param("bias", {out}));
    return add(MatMul{in, out}, {x}, {out}, params);
  }
  /// Each row of the last axis by itself.
  ValueId matmul_rows(ValueId x, int64_t out, bool bias = true) {
    Shape y = shape(x);
    const int64_t in = y[y.rank() - 1];
    y[y.rank() - 1] = out;
    std::vector<ParamId> params{param("weight", {out, in})};
    if (bias) params.push_back(param("bias", {out}));
    return add(MatMul{in, out}, {x}, std::move(y), params);
  }
  /// Channels in and groups of `c` are taken as given; in_channels comes from x.
  ValueId conv(ValueId x, Conv c, bool bias = true) {
    const Shape& s = shape(x);
    c.in_channels = s[0];
    std::vector<ParamId> params{param("weight", {c.out_channels, c.in_channels / c.groups, c.kernel_h, c.kernel_w})};
    if (bias) params.push_back(param("bias", {c.out_channels}));
    return add(c, {x},
               {c.out_channels, (s[1] + c.pad_top + c.pad_bottom - reach(c.kernel_h, c.dilation_h)) / c.stride_h + 1,
                (s[2] + c.pad_left + c.pad_right - reach(c.kernel_w, c.dilation_w)) / c.stride_w + 1},
               params);
  }
  /// in_channels comes from x.
  ValueId deconv(ValueId x, Deconv c, bool bias = true) {
    const Shape& s = shape(x);
    c.in_channels = s[0];
    std::vector<ParamId> params{param("weight", {c.in_channels, c.out_channels / c.groups, c.kernel_h, c.kernel_w})};
    if (bias) params.push_back(param("bias", {c.out_channels}));
    return add(c, {x},
               {c.out_channels, (s[1] - 1) * c.stride_h + reach(c.kernel_h, c.dilation_h) - c.pad_top - c.pad_bottom,
                (s[2] - 1) * c.stride_w + reach(c.kernel_w, c.dilation_w) - c.pad_left - c.pad_right},
               params);
  }
  /// Square kernel, equal strides and pads, one group.
  ValueId conv(ValueId x, int64_t channels, int64_t kernel, int64_t stride, int64_t pad, int64_t groups = 1,
               bool bias = true) {
    return conv(x, Conv{0, channels, kernel, kernel, stride, stride, pad, pad, pad, pad, groups}, bias);
  }
  ValueId pool(ValueId x, const Pool& p) {
    const Shape& s = shape(x);
    return add(p, {x},
               {s[0], (s[1] + p.pad_top + p.pad_bottom - reach(p.kernel_h, p.dilation_h)) / p.stride_h + 1,
                (s[2] + p.pad_left + p.pad_right - reach(p.kernel_w, p.dilation_w)) / p.stride_w + 1},
               {});
  }
  ValueId pool(ValueId x, Pool::Kind kind, int64_t kernel, int64_t stride, int64_t pad = 0, bool count_padding = true) {
    return pool(x, Pool{kind, kernel, kernel, stride, stride, pad, pad, pad, pad, count_padding});
  }
  ValueId batch_norm(ValueId x, double momentum = 0.1, bool unbiased = true) {
    const int64_t c = shape(x)[0];
    std::vector<ParamId> params{param("weight", {c}), param("bias", {c}), buffer("running_mean", {c}),
                                buffer("running_var", {c})};
    return add(BatchNorm{c, 1e-5, momentum, unbiased}, {x}, shape(x), params);
  }
  /// Over the axes from `axis` on.
  ValueId layer_norm(ValueId x, int64_t axis = 0) {
    const std::vector<int64_t>& dims = shape(x).dims();
    const Shape row(std::vector<int64_t>(dims.begin() + axis, dims.end()));
    std::vector<ParamId> params{param("weight", row), param("bias", row)};
    return add(LayerNorm{1e-5, axis}, {x}, shape(x), params);
  }
  /// Over the channels of {C,H,W} at each pixel.
  ValueId layer_norm_of_channels(ValueId x) {
    const Shape row{shape(x)[0]};
    std::vector<ParamId> params{param("weight", row), param("bias", row)};
    return add(LayerNorm{1e-5, 0, 0}, {x}, shape(x), params);
  }
  ValueId group_norm(ValueId x, int64_t groups) {
    const Shape channels{shape(x)[0]};
    std::vector<ParamId> params{param("weight", channels), param("bias", channels)};
    return add(GroupNorm{groups, 1e-5}, {x}, shape(x), params);
  }
  ValueId scale(ValueId x, int64_t axis = 0, bool bias = true) {
    const Shape extent{shape(x)[static_cast<size_t>(axis)]};
    std::vector<ParamId> params{param("weight", extent)};
    if (bias) params.push_back(param("bias", extent));
    return add(Scale{axis}, {x}, shape(x), params);
  }
  ValueId shuffle(ValueId x, int64_t groups) { return add(Shuffle{groups}, {x}, shape(x), {}); }
  ValueId upsample(ValueId x, int64_t h, int64_t w, bool bilinear) {
    const Shape& s = shape(x);
    return add(Upsample{h, w, bilinear}, {x}, {s[0], s[1] * h, s[2] * w}, {});
  }
  ValueId map(ValueId x, const std::string& function, std::vector<double> constants = {}) {
    return add(Map{function, std::move(constants)}, {x}, shape(x), {});
  }
  /// One slope for all values of the axes from `axis` on.
  ValueId prelu(ValueId x, int64_t axis, bool flat_at_zero = false) {
    const std::vector<int64_t>& dims = shape(x).dims();
    const Shape slopes = axis == 0 ? Shape{1} : Shape(std::vector<int64_t>(dims.begin(), dims.begin() + axis));
    return add(PRelu{axis, flat_at_zero}, {x}, shape(x), {param("weight", slopes)});
  }
  ValueId softmax(ValueId x, int64_t axis = 0) { return add(Softmax{axis}, {x}, shape(x), {}); }
  ValueId drop_samples(ValueId x, double rate) { return add(Dropout{rate, false, true}, {x}, shape(x), {}); }
  ValueId dropout(ValueId x, double rate) { return add(Dropout{rate}, {x}, shape(x), {}); }
  ValueId reshape(ValueId x, Shape to) { return add(Reshape{}, {x}, std::move(to), {}); }
  ValueId flatten(ValueId x) { return add(Reshape{}, {x}, {shape(x).count()}, {}); }
  ValueId add_values(ValueId a, ValueId b) { return add(Add{}, {a, b}, shape(a), {}); }

  ValueId mul(ValueId a, ValueId b, Mul::By by = Mul::By::element) { return add(Mul{by}, {a, b}, shape(a), {}); }
  ValueId concat(const std::vector<ValueId>& x, int64_t axis = 0) {
    Shape joined = shape(x.at(0));
    for (size_t i = 1; i < x.size(); ++i) joined[static_cast<size_t>(axis)] += shape(x[i])[static_cast<size_t>(axis)];
    return add(Concat{axis}, x, std::move(joined), {});
  }
  ValueId slice(ValueId x, int64_t begin, int64_t end, int64_t axis = 0) {
    Shape part = shape(x);
    part[static_cast<size_t>(axis)] = end - begin;
    return add(Slice{begin, end, axis}, {x}, std::move(part), {});
  }

  Graph softmax_loss(ValueId x, double smoothing = 0, std::vector<double> weights = {}) {
    return close(SoftmaxLoss{smoothing, std::move(weights)}, x);
  }
  Graph mse(ValueId x) { return close(MseLoss{}, x); }
  Graph bce(ValueId x) { return close(BceLoss{}, x); }

  const Shape& shape(ValueId v) const { return graph_.values[static_cast<size_t>(v)].shape; }

 private:
  ValueId add(OpParams what, std::vector<ValueId> inputs, Shape out, const std::vector<ParamId>& params) {
    const ValueId v = static_cast<ValueId>(graph_.values.size());
    const Rows rows = traits_of(what).rows;
    const Value& first = graph_.value(inputs.at(0));
    const bool ragged = first.ragged && rows != Rows::ended;
    graph_.values.push_back({std::move(out), ElementType::float32, ragged, ragged ? first.most : 0});
    graph_.ops.push_back({std::move(what), std::move(inputs), v, params, layer()});
    return v;
  }
  Graph close(OpParams loss, ValueId x) {
    graph_.outputs = {x};
    graph_.add_loss(std::move(loss), layer());
    return graph_;
  }
  static int64_t reach(int64_t kernel, int64_t dilation) { return (kernel - 1) * dilation + 1; }
  std::string layer() const { return "op" + std::to_string(graph_.ops.size() + 1); }
  ParamId param(const std::string& name, const Shape& s) {
    graph_.params.push_back({layer(), name, s, trainable, "", 1, 1, l1, l2});
    return static_cast<ParamId>(graph_.params.size()) - 1;
  }
  ParamId buffer(const std::string& name, const Shape& s) {
    graph_.params.push_back({layer(), name, s, false, "", 1, 1, 0, 0});
    return static_cast<ParamId>(graph_.params.size()) - 1;
  }
  Graph graph_;
};

}  // namespace nn::test
