// SPDX-License-Identifier: MIT
#include "model/summary.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "base/log.h"
#include "base/text/printable.h"

namespace nn {
namespace {

/// Of rows: of as many as a sample may have.
int64_t multiply_adds(const Graph& graph, const Op& op) {
  const Value& x = graph.value(op.inputs.at(0));
  const int64_t rows = x.ragged ? std::max<int64_t>(x.most, 1) : 1;
  if (const auto* m = std::get_if<MatMul>(&op.what)) return rows * graph.value(op.output).shape.count() * m->in;
  if (std::holds_alternative<Attention>(op.what)) return 2 * rows * rows * graph.value(op.output).shape.count();
  if (const auto* c = std::get_if<Conv>(&op.what))
    return graph.values[static_cast<size_t>(op.output)].shape.count() * (c->in_channels / c->groups) * c->kernel_h *
           c->kernel_w;
  if (const auto* c = std::get_if<Deconv>(&op.what))
    return graph.value(op.inputs[0]).shape.count() * (c->out_channels / c->groups) * c->kernel_h * c->kernel_w;
  return 0;
}

/// The first of many names, and how many there are.
std::string listed(const std::vector<std::string>& names) {
  constexpr size_t most = 8;
  if (names.size() <= most) return fmt::format("{}", fmt::join(names, ", "));
  return fmt::format("{} and {} more", fmt::join(names.begin(), names.begin() + most, ", "),
                     grouped(static_cast<int64_t>(names.size() - most)));
}

}  // namespace

Summary summarise(const Network& network) {
  const Graph graph = network.lower();
  Summary summary;
  summary.input = network.input();
  summary.input_text = text_of(network.input_value());
  std::map<std::string, size_t> row;
  for (const Network::Node& node : network.nodes()) {
    row[node.name] = summary.layers.size();
    std::vector<std::string> inputs;
    for (const int input : node.inputs) inputs.push_back(network.name_of(input));
    summary.layers.push_back({node.name, node.text, std::move(inputs), static_cast<int>(node.brackets.size()),
                              node.output, text_of(node.value)});
  }
  for (const Param& p : graph.params) {
    LayerSummary& layer = summary.layers[row.at(p.layer)];
    (p.trainable ? layer.parameters : layer.buffers) += p.shape.count();
    (p.trainable ? summary.parameters : summary.buffers) += p.shape.count();
  }
  for (const Op& op : graph.ops) {
    const int64_t n = multiply_adds(graph, op);
    if (n == 0) continue;
    summary.layers[row.at(op.layer)].multiply_adds += n;
    summary.multiply_adds += n;
  }
  return summary;
}

std::string summary_text(const Summary& summary) {
  std::vector<std::vector<std::string>> rows{{"layer", "", "output", "parameters", "multiply-adds"},
                                             {"input", "", summary.input_text, "", ""}};
  std::string above = "input";
  for (const LayerSummary& l : summary.layers) {
    const bool follows = l.inputs.size() == 1 && l.inputs[0] == above;
    rows.push_back({std::string(static_cast<size_t>(2 * l.depth), ' ') + l.name,
                    printable(cut_word(l.text)) + (follows ? "" : " of " + listed(l.inputs)), l.output_text,
                    grouped(l.parameters), grouped(l.multiply_adds)});
    above = l.name;
  }
  rows.push_back({"total", "", "", grouped(summary.parameters), grouped(summary.multiply_adds)});
  size_t width[5] = {};
  for (const auto& r : rows)
    for (size_t i = 0; i < 5; ++i) width[i] = std::max(width[i], r[i].size());
  std::string text;
  for (const auto& r : rows)
    text += fmt::format("{:<{}}  {:<{}}  {:>{}}  {:>{}}  {:>{}}\n", r[0], width[0], r[1], width[1], r[2], width[2],
                        r[3], width[3], r[4], width[4]);
  if (summary.buffers) text += fmt::format("and {} values of running statistics\n", grouped(summary.buffers));
  return text;
}

}  // namespace nn
