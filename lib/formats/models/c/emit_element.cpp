// SPDX-License-Identifier: MIT
// What takes values one by one, or in rows and groups.
#include <fmt/format.h>

#include <stdexcept>

#include "base/error.h"
#include "formats/models/c/c_functions.h"
#include "formats/models/c/c_writer.h"

namespace nn {
namespace {

/// "x, y" of a step.
std::string ends_of(const CWriter& to, const CStep& step) {
  return to.at(step.op->inputs[0]) + ", " + to.at(step.output);
}

/// A parameter of the op as it is, or "NULL".
std::string param(CWriter& to, const CStep& step, size_t i, const char* name) {
  return i < step.op->params.size() ? to.constant(step.op->layer + "_" + name, to.weight(step.op->params[i])) : "NULL";
}

/// One that joined no product.
void write_batch_norm(CWriter& to, const CStep& step, const BatchNorm& op) {
  CWeights weights;
  Op own = *step.op;
  for (size_t i = 0; i < own.params.size(); ++i) {
    weights.push_back(&to.weight(own.params[i]));
    own.params[i] = static_cast<ParamId>(i);
  }
  const ChannelLine line = line_of(op, own, weights);
  const auto floats = [](const std::vector<double>& values) {
    return std::vector<float>(values.begin(), values.end());
  };
  const std::string weight = to.constant(own.layer + "_weight", floats(line.scale)),
                    bias = to.constant(own.layer + "_bias", floats(line.shift));
  to.line(fmt::format("{}({}, {}, {}, 1, {}, {});", to.function("scale"), ends_of(to, step), weight, bias, op.channels,
                      to.shape(step.output).count() / op.channels));
}

void write_scale(CWriter& to, const CStep& step, const Scale& op) {
  const Shape& x = to.shape(step.op->inputs[0]);
  const int64_t extent = x[static_cast<size_t>(op.axis)], area = values_from(x, op.axis + 1);
  const std::string weight = param(to, step, 0, "weight"), bias = param(to, step, 1, "bias");
  to.line(fmt::format("{}({}, {}, {}, {}, {}, {});", to.function("scale"), ends_of(to, step), weight, bias,
                      x.count() / (extent * area), extent, area));
}

void write_layer_norm(CWriter& to, const CStep& step, const LayerNorm& op) {
  const Shape& x = to.shape(step.op->inputs[0]);
  const int64_t space = op.last < 0 ? 1 : values_from(x, op.last + 1), count = values_from(x, op.axis) / space;
  const std::string weight = param(to, step, 0, "weight"), bias = param(to, step, 1, "bias");
  to.line(fmt::format("{}({}, {}, {}, {}, {}, {}, {});", to.function("layer_norm"), ends_of(to, step), weight, bias,
                      x.count() / (count * space), count, space, c_float(static_cast<float>(op.epsilon))));
}

void write_group_norm(CWriter& to, const CStep& step, const GroupNorm& op) {
  const Shape& x = to.shape(step.op->inputs[0]);
  const std::string weight = param(to, step, 0, "weight"), bias = param(to, step, 1, "bias");
  to.line(fmt::format("{}({}, {}, {}, {}, {}, {}, {});", to.function("group_norm"), ends_of(to, step), weight, bias,
                      op.groups, x[0], values_from(x, 1), c_float(static_cast<float>(op.epsilon))));
}

void write_map(CWriter& to, const CStep& step, const Map& op) {
  const std::string name = c_map_function(op.function);
  if (name.empty())
    throw Error("layer '" + step.op->layer + "': the function " + op.function +
                " cannot be written as C; write another format, such as ONNX, or replace the layer");
  std::string constants;
  for (size_t i = 0; i < static_cast<size_t>(c_map_constants(op.function)); ++i)
    constants += ", " + c_float(static_cast<float>(op.constants.at(i)));
  to.line(fmt::format("{}({}, {}{});", to.function(name), ends_of(to, step), to.shape(step.output).count(), constants));
}

void write_prelu(CWriter& to, const CStep& step, const PRelu& op) {
  const Shape& x = to.shape(step.op->inputs[0]);
  const int64_t row = values_from(x, op.axis);
  const std::string slopes = param(to, step, 0, "weight");
  to.line(fmt::format("{}({}, {}, {}, {});", to.function("prelu"), ends_of(to, step), slopes, x.count() / row, row));
}

void write_softmax(CWriter& to, const CStep& step, const Softmax& op) {
  const Shape& x = to.shape(step.op->inputs[0]);
  const int64_t count = x[static_cast<size_t>(op.axis)], space = values_from(x, op.axis + 1);
  to.line(fmt::format("{}({}, {}, {}, {});", to.function("softmax"), ends_of(to, step), x.count() / (count * space),
                      count, space));
}

void write_l2norm(CWriter& to, const CStep& step, const L2Norm& op) {
  to.line(fmt::format("{}({}, {}, {});", to.function("l2norm"), ends_of(to, step), to.shape(step.op->inputs[0]).count(),
                      c_float(static_cast<float>(op.epsilon))));
}

void write_add(CWriter& to, const CStep& step, const Add&) {
  to.line(fmt::format("{}({}, {}, {}, {});", to.function("add"), to.at(step.op->inputs[0]), to.at(step.op->inputs[1]),
                      to.at(step.output), to.shape(step.output).count()));
}

void write_mul(CWriter& to, const CStep& step, const Mul& op) {
  const Shape& x = to.shape(step.op->inputs[0]);
  const std::string arguments =
      to.at(step.op->inputs[0]) + ", " + to.at(step.op->inputs[1]) + ", " + to.at(step.output);
  if (op.by == Mul::By::element)
    return to.line(fmt::format("{}({}, {});", to.function("multiply"), arguments, x.count()));
  to.line(fmt::format("{}({}, {}, {});",
                      to.function(op.by == Mul::By::channel ? "multiply_channels" : "multiply_cells"), arguments, x[0],
                      values_from(x, 1)));
}

}  // namespace

std::vector<CEmitter> c_element_emitters() {
  return {emitter_of<BatchNorm, write_batch_norm>(),
          emitter_of<Scale, write_scale>(),
          emitter_of<LayerNorm, write_layer_norm>(),
          emitter_of<GroupNorm, write_group_norm>(),
          emitter_of<Map, write_map>(),
          emitter_of<PRelu, write_prelu>(),
          emitter_of<Softmax, write_softmax>(),
          emitter_of<L2Norm, write_l2norm>(),
          emitter_of<Add, write_add>(),
          emitter_of<Mul, write_mul>()};
}

}  // namespace nn
