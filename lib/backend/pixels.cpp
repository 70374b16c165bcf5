// SPDX-License-Identifier: MIT
#include "backend/pixels.h"

#include <cmath>
#include <variant>

namespace nn {

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
  if (!options.source || options.input_gradient || !options.fuse || !std::holds_alternative<MatMul>(op.what)) return 0;
  if (graph.value(op.inputs.at(0)).shape.count() != std::get<MatMul>(op.what).in) return 0;  // samples of several rows
  const std::vector<const Op*> only_readers = graph.only_readers();
  const auto reader_of = [&](ValueId v) { return only_readers[static_cast<size_t>(v)]; };
  const Op* reader = reader_of(graph.input());
  while (reader && std::holds_alternative<Reshape>(reader->what)) reader = reader_of(reader->output);
  return reader == &op ? factor_of_bytes(options.source->byte_values) : 0;
}

}  // namespace nn
