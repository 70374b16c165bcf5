// SPDX-License-Identifier: MIT
#include "train/engine/freeze.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/log.h"
#include "train/engine/layer_patterns.h"

namespace nn {
namespace {

std::string joined(const std::vector<std::string>& names) { return fmt::format("{}", fmt::join(names, ", ")); }

}  // namespace

std::vector<std::string> freeze_layers(const std::string& patterns, const Network& network, Graph& graph,
                                       bool statistics_rest) {
  if (patterns.empty()) return {};
  std::vector<std::string> frozen = matching_layers("--freeze", patterns, network, graph);
  if (const std::vector<std::string> layers = layers_with_weights(graph); frozen.size() == layers.size())
    throw UsageError(fmt::format("--freeze {}: all layers with weights ({}) are frozen, nothing is left to train",
                                 printable(patterns), joined(layers)));
  for (Param& param : graph.params)
    if (std::find(frozen.begin(), frozen.end(), param.layer) != frozen.end()) param.trainable = false;
  for (Op& op : graph.ops)
    if (auto* norm = std::get_if<BatchNorm>(&op.what);
        norm && std::find(frozen.begin(), frozen.end(), op.layer) != frozen.end())
      norm->at_rest = statistics_rest;
  return frozen;
}

std::string frozen_text(const std::vector<std::string>& frozen, const Graph& graph) {
  if (frozen.empty()) return "";
  int64_t all = 0, kept = 0;
  for (const Param& param : graph.params) {
    if (is_statistic(param)) continue;
    all += param.shape.count();
    if (!param.trainable) kept += param.shape.count();
  }
  return fmt::format("frozen: {} of {} layers with weights ({}), {} of {} parameters", frozen.size(),
                     layers_with_weights(graph).size(), joined(frozen), kept, all);
}

}  // namespace nn
