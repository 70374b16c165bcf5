// SPDX-License-Identifier: MIT
// Dense layers and convolutions, with a batch norm behind them in their weights.
#include <fmt/format.h>

#include "formats/models/c/c_writer.h"
#include "formats/models/c/windows.h"

namespace nn {
namespace {

/// Factors by output channel, 1 without a norm.
double factor(const CStep& step, size_t channel) { return step.scale.empty() ? 1 : step.scale[channel]; }

/// The bias with the shift of the norm; "NULL" where there is neither.
std::string bias_of(CWriter& to, const CStep& step, size_t channels) {
  const bool has = step.op->params.size() > 1;
  if (!has && step.shift.empty()) return "NULL";
  std::vector<float> bias(channels);
  for (size_t o = 0; o < channels; ++o) {
    const double own = has ? static_cast<double>(to.weight(step.op->params[1])[o]) : 0;
    bias[o] = static_cast<float>(own * factor(step, o) + (step.shift.empty() ? 0 : step.shift[o]));
  }
  return to.constant(step.op->layer + "_bias", bias);
}

float scaled(float weight, double by) { return static_cast<float>(static_cast<double>(weight) * by); }

/// Rows of `in` values times weights {out, in}, which are written as {in, out}.
void write_dense(CWriter& to, const CStep& step, int64_t rows, int64_t in, int64_t out) {
  const std::vector<float>& given = to.weight(step.op->params[0]);
  const auto inputs = static_cast<size_t>(in), outputs = static_cast<size_t>(out);
  std::vector<float> weight(given.size());
  for (size_t o = 0; o < outputs; ++o)
    for (size_t i = 0; i < inputs; ++i) weight[i * outputs + o] = scaled(given[o * inputs + i], factor(step, o));
  const std::string name = to.constant(step.op->layer + "_weight", weight), bias = bias_of(to, step, outputs);
  to.line(fmt::format("{}({}, {}, {}, {}, {}, {}, {});", to.function("dense"), to.at(step.op->inputs[0]),
                      to.at(step.output), name, bias, rows, in, out));
}

void write_matmul(CWriter& to, const CStep& step, const MatMul& op) {
  write_dense(to, step, to.shape(step.op->inputs[0]).count() / op.in, op.in, op.out);
}

/// One place of the output, which sees the whole input in its order.
bool is_dense(const Conv& op, const Shape& x, const Shape& y) {
  return op.groups == 1 && y[1] == 1 && y[2] == 1 && op.kernel_h == x[1] && op.kernel_w == x[2] && op.pad_top == 0 &&
         op.pad_left == 0 && !op.dilated();
}

void write_conv(CWriter& to, const CStep& step, const Conv& op) {
  const Shape &x = to.shape(step.op->inputs[0]), &y = to.shape(step.output);
  if (is_dense(op, x, y)) return write_dense(to, step, 1, x.count(), op.out_channels);
  const std::vector<float>& given = to.weight(step.op->params[0]);
  const auto channels = static_cast<size_t>(op.out_channels);
  const size_t each = given.size() / channels;
  std::vector<float> weight(given.size());
  for (size_t i = 0; i < given.size(); ++i) weight[i] = scaled(given[i], factor(step, i / each));
  const std::string name = to.constant(step.op->layer + "_weight", weight), bias = bias_of(to, step, channels);
  const bool by_channel = op.groups == op.in_channels && op.groups == op.out_channels;
  to.line(fmt::format("{}({}, {}, {}, {}, &{});", to.function(by_channel ? "depthwise_conv" : "conv"),
                      to.at(step.op->inputs[0]), to.at(step.output), name, bias, window_of(to, step, op, op.groups)));
}

void write_deconv(CWriter& to, const CStep& step, const Deconv& op) {
  const std::vector<float>& given = to.weight(step.op->params[0]);
  const auto channels = static_cast<size_t>(op.out_channels), area = static_cast<size_t>(op.kernel_h * op.kernel_w);
  const size_t group_out = channels / static_cast<size_t>(op.groups),
               group_in = static_cast<size_t>(op.in_channels / op.groups);
  std::vector<float> weight(given.size());
  for (size_t i = 0; i < given.size(); ++i) {
    const size_t c = i / area / group_out, o = c / group_in * group_out + i / area % group_out;
    weight[i] = scaled(given[i], factor(step, o));
  }
  const std::string name = to.constant(step.op->layer + "_weight", weight), bias = bias_of(to, step, channels);
  to.line(fmt::format("{}({}, {}, {}, {}, &{});", to.function("deconv"), to.at(step.op->inputs[0]), to.at(step.output),
                      name, bias, window_of(to, step, op, op.groups)));
}

}  // namespace

std::vector<CEmitter> c_product_emitters() {
  return {emitter_of<MatMul, write_matmul>(), emitter_of<Conv, write_conv>(), emitter_of<Deconv, write_deconv>()};
}

}  // namespace nn
