// SPDX-License-Identifier: MIT
#include "train/engine/freeze.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/log.h"
#include "base/text/split.h"

namespace nn {
namespace {

bool is_statistic(const Param& param) { return param.name.starts_with("running_"); }

/// Layers that have something to train, in order.
std::vector<std::string> layers_with_weights(const Graph& graph) {
  std::vector<std::string> layers;
  for (const Param& param : graph.params)
    if (!is_statistic(param) && std::find(layers.begin(), layers.end(), param.layer) == layers.end())
      layers.push_back(param.layer);
  return layers;
}

std::string joined(const std::vector<std::string>& names) { return fmt::format("{}", fmt::join(names, ", ")); }

}  // namespace

void check_freeze(const std::string& patterns) {
  if (patterns.empty()) return;
  for (const std::string_view pattern : split_at(patterns, ','))
    if (pattern.empty())
      throw UsageError(fmt::format(
          "--freeze: '{}' holds an empty pattern; expected names or patterns joined by commas, as 'conv*,bn1'",
          printable(patterns)));
}

std::vector<std::string> freeze_layers(const std::string& patterns, const Network& network, Graph& graph,
                                       bool statistics_rest) {
  if (patterns.empty()) return {};
  const std::vector<std::string> layers = layers_with_weights(graph);
  std::map<std::string, std::vector<std::string>> names;  // by layer: its own, and those of the brackets around it
  for (const Network::Node& node : network.nodes()) {
    names[node.name] = node.brackets;
    names[node.name].push_back(node.name);
  }
  std::vector<bool> chosen(layers.size());
  for (const std::string_view part : split_at(patterns, ',')) {
    const std::string pattern(part);
    bool any = false;
    for (size_t i = 0; i < layers.size(); ++i)
      if (std::ranges::any_of(names.at(layers[i]),
                              [&](const std::string& name) { return fnmatch(pattern.c_str(), name.c_str(), 0) == 0; }))
        chosen[i] = any = true;
    if (!any)
      throw UsageError(fmt::format("--freeze: no layer with weights matches '{}'; there are {}", printable(pattern),
                                   joined(layers)));
  }
  std::vector<std::string> frozen;
  for (size_t i = 0; i < layers.size(); ++i)
    if (chosen[i]) frozen.push_back(layers[i]);
  if (frozen.size() == layers.size())
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
