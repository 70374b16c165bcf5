// SPDX-License-Identifier: MIT
#include "backend/pixels.h"

#include <algorithm>
#include <cmath>
#include <variant>

namespace nn {
namespace {

/// The op that alone reads a value, null where there are several or the graph gives it away.
const Op* only_reader(const Graph& graph, ValueId value) {
  const Op* found = nullptr;
  for (const Op& op : graph.ops) {
    const auto count = std::count(op.inputs.begin(), op.inputs.end(), value);
    if (count > 1 || (count == 1 && found)) return nullptr;
    if (count == 1) found = &op;
  }
  return value == graph.output ? nullptr : found;
}

}  // namespace

float factor_of_bytes(std::span<const float> values) {
  if (values.size() < 256) return 0;
  const float factor = values[255] / 255;
  for (size_t i = 0; i < values.size(); ++i) {
    const float value = factor * static_cast<float>(i % 256);
    // Three roundings to float: of the factor, its product and the value itself.
    if (!(std::fabs(values[i] - value) <= 2e-7F * std::fabs(value))) return 0;
  }
  return factor;
}

float factor_of_bytes(const Graph& graph, const PlanOptions& options, const Op& op) {
  if (options.pixel_values.empty() || options.input_gradient || !options.fuse || !std::holds_alternative<MatMul>(op.what)) return 0;
  const Op* reader = only_reader(graph, graph.ops.at(0).output);
  while (reader && std::holds_alternative<Reshape>(reader->what)) reader = only_reader(graph, reader->output);
  return reader == &op ? factor_of_bytes(options.pixel_values) : 0;
}

}  // namespace nn
