// SPDX-License-Identifier: MIT
// Products with a matrix of weights. Its rows are put into the order in which our values lie.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "formats/models/onnx/graph_reader.h"

namespace nn {
namespace {

/// A matrix of the file: (in, out), or turned round.
struct Matrix {
  const OnnxTensor& w;
  bool turned;  ///< (out, in)
  float factor = 1;
  int64_t in() const { return w.dims[turned ? 1 : 0]; }
  int64_t out() const { return w.dims[turned ? 0 : 1]; }
  /// (out, in), with input k of the file at places[k].
  std::vector<float> values(const std::vector<size_t>& places) const {
    std::vector<float> ours(static_cast<size_t>(w.count()));
    const int64_t n = in(), m = out();
    for (int64_t o = 0; o < m; ++o)
      for (int64_t k = 0; k < n; ++k) {
        const float v = w.real(turned ? o * n + k : k * m + o);
        ours[static_cast<size_t>(o * n) + places[static_cast<size_t>(k)]] = factor == 1 ? v : factor * v;
      }
    return ours;
  }
};

void check_matrix(const OnnxTensor& w) {
  if (w.dims.size() != 2 || w.count() == 0)
    throw Error("weights of " + Shape(w.dims).text() + "; a matrix is read here");
}

/// The last axis of the graph holds all values of a sample.
bool is_row(const GraphValue& x) {
  return std::all_of(x.dims.begin() + 1, x.dims.end() - 1, [](int64_t d) { return d == 1; });
}

/// x times the matrix along its last axis, as dense, or as a convolution of 1x1 where x is an image with its channels
/// last.
GraphValue product(GraphReader& reader, const GraphValue& x, const Matrix& matrix, std::vector<ForeignTensor> bias) {
  if (x.dims.size() < 2 || x.dims.back() != matrix.in())
    throw Error(fmt::format("of {} with weights of {}", Shape(x.dims).text(), Shape(matrix.w.dims).text()));
  FoundLayer layer{"dense", std::to_string(matrix.out()), {}};
  layer.takes_bias = bias.empty();
  if (is_row(x)) {
    layer.weights = {
        weight_of("weight", {matrix.out(), matrix.in()}, matrix.values(our_places(x.layout)), matrix.w.name)};
    layer.weights.insert(layer.weights.end(), bias.begin(), bias.end());
    const int made = reader.add_layer(std::move(layer), {matrix.out()}, {reader.flat(x.ours)});
    Layout layout{{matrix.out()}, std::vector<std::vector<size_t>>(x.dims.size() - 1)};
    layout.axes.back() = {0};
    return reader.computed(made, std::move(layout));
  }
  const Shape shape = reader.ours(x.ours).shape;
  if (shape.rank() != 3 || x.layout.view != shape.dims() || x.layout.axes.back() != std::vector<size_t>{0})
    throw Error("on " + Shape(x.dims).text() + ": only flat samples, and images along their channels, are read here");
  std::vector<size_t> places(static_cast<size_t>(matrix.in()));
  for (size_t k = 0; k < places.size(); ++k) places[k] = k;
  layer.kind = "conv", layer.arguments += ",1";
  layer.weights = {weight_of("weight", {matrix.out(), matrix.in(), 1, 1}, matrix.values(places), matrix.w.name)};
  layer.weights.insert(layer.weights.end(), bias.begin(), bias.end());
  Layout layout = x.layout;
  layout.view[0] = matrix.out();
  return reader.computed(reader.add_layer(std::move(layer), {matrix.out(), shape[1], shape[2]}, {x.ours}), layout);
}

void read_gemm(GraphReader& reader, OnnxNode& node) {
  const GraphValue x = reader.value(node.input(0));
  const OnnxTensor& w = reader.constant(node.input(1), "the matrix");
  check_matrix(w);
  node.expect("transA", 0);
  const Matrix matrix{w, node.integer("transB", 0) != 0, static_cast<float>(node.number("alpha", 1))};
  const auto beta = static_cast<float>(node.number("beta", 1));
  std::vector<ForeignTensor> bias;
  if (!node.input(2).empty()) {
    const OnnxTensor& c = reader.constant(node.input(2), "the bias");
    const bool one = c.count() == 1;
    if (!one && (c.count() != matrix.out() || c.dims.back() != matrix.out()))
      throw Error(fmt::format("a bias of {} for {} outputs", Shape(c.dims).text(), matrix.out()));
    std::vector<float> values;
    for (int64_t i = 0; i < matrix.out(); ++i)
      values.push_back(beta == 1 ? c.real(one ? 0 : i) : beta * c.real(one ? 0 : i));
    bias = {weight_of("bias", {matrix.out()}, std::move(values), c.name)};
  }
  if (x.dims.size() != 2) throw Error("on " + Shape(x.dims).text() + "; expected flat samples");
  reader.define(node.output(0), product(reader, x, matrix, std::move(bias)));
}

void read_matmul(GraphReader& reader, OnnxNode& node) {
  const GraphValue x = reader.value(node.input(0));
  if (x.constant || !reader.value(node.input(1)).constant)
    throw Error("of two computed values (attention?), or of a matrix from the left: no layer here");
  const OnnxTensor& w = reader.constant(node.input(1), "the matrix");
  check_matrix(w);
  reader.define(node.output(0), product(reader, x, {w, false}, {}));
}

}  // namespace

std::span<const GraphOperator> product_operators() {
  static constexpr std::array<GraphOperator, 2> table{{{"Gemm", read_gemm}, {"MatMul", read_matmul}}};
  return table;
}

}  // namespace nn
