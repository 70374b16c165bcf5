// SPDX-License-Identifier: MIT
#include "train/summary.h"

#include <fmt/format.h>

#include <algorithm>

namespace nn {
namespace {

int64_t multiply_adds(const Op& op, const Graph& graph) {
  if (const auto* m = std::get_if<MatMul>(&op.what)) return m->in * m->out;
  if (const auto* c = std::get_if<Conv>(&op.what)) {
    const int64_t outputs = graph.values[static_cast<size_t>(op.output)].shape.count();
    return outputs * (c->in_channels / c->groups) * c->kernel_h * c->kernel_w;
  }
  return 0;
}

}  // namespace

std::vector<LayerSummary> summarise(const Network& network) {
  const Graph graph = network.lower();
  std::vector<LayerSummary> table;
  for (const Network::Node& node : network.nodes()) {
    LayerSummary row{node.name, node.text, node.output, 0, 0, 0};
    for (const Param& param : graph.params)
      if (param.layer == node.name) (param.trainable ? row.parameters : row.buffers) += param.shape.count();
    for (const Op& op : graph.ops)
      if (op.layer == node.name) row.multiply_adds += multiply_adds(op, graph);
    table.push_back(std::move(row));
  }
  return table;
}

std::string grouped(int64_t value) {
  const std::string digits = std::to_string(value);
  const size_t first = value < 0 ? 1 : 0;
  std::string out;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > first && (digits.size() - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out;
}

std::string summary_table(const Network& network) {
  const std::vector<LayerSummary> rows = summarise(network);
  size_t name = 5, text = 5, shape = 6;
  for (const LayerSummary& row : rows) {
    name = std::max(name, row.name.size());
    text = std::max(text, row.text.size());
    shape = std::max(shape, row.output.text().size());
  }
  std::string out = fmt::format("{:<{}}  {:<{}}  {:>{}}  {:>12}  {:>15}\n", "layer", name, "words", text, "output", shape,
                                "parameters", "multiply-adds");
  out += fmt::format("{:<{}}  {:<{}}  {:>{}}  {:>12}  {:>15}\n", "input", name, "", text, network.input().text(), shape, "", "");
  int64_t parameters = 0, madds = 0;
  for (const LayerSummary& row : rows) {
    out += fmt::format("{:<{}}  {:<{}}  {:>{}}  {:>12}  {:>15}\n", row.name, name, row.text, text, row.output.text(), shape,
                       grouped(row.parameters), grouped(row.multiply_adds));
    parameters += row.parameters;
    madds += row.multiply_adds;
  }
  out += fmt::format("{:<{}}  {:<{}}  {:>{}}  {:>12}  {:>15}\n", "total", name, "", text, "", shape, grouped(parameters),
                     grouped(madds));
  return out;
}

}  // namespace nn
