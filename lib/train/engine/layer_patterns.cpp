// SPDX-License-Identifier: MIT
#include "train/engine/layer_patterns.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fnmatch.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/log.h"
#include "base/text/split.h"

namespace nn {

void check_patterns(const std::string& option, const std::string& patterns) {
  if (patterns.empty()) return;
  for (const std::string_view pattern : split_at(patterns, ','))
    if (pattern.empty())
      throw UsageError(
          fmt::format("{}: '{}' holds an empty pattern; expected names or patterns joined by commas, as 'conv*,bn1'",
                      option, printable(patterns)));
}

namespace {

/// "minilm" means minilm.dense1, too.
bool matches(const std::string& pattern, const std::string& name) {
  const auto fits = [&](const std::string& text) { return fnmatch(pattern.c_str(), text.c_str(), 0) == 0; };
  const size_t dot = name.find('.');
  return fits(name) || (dot != name.npos && fits(name.substr(0, dot)));
}

}  // namespace

bool is_statistic(const Param& param) { return param.name.starts_with("running_"); }

std::vector<std::string> layers_with_weights(const Graph& graph) {
  std::vector<std::string> layers;
  for (const Param& param : graph.params)
    if (!is_statistic(param) && std::ranges::find(layers, param.layer) == layers.end()) layers.push_back(param.layer);
  return layers;
}

std::vector<std::string> matching_layers(const std::string& option, const std::string& patterns, const Network& network,
                                         const Graph& graph) {
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
      if (std::ranges::any_of(names.at(layers[i]), [&](const std::string& name) { return matches(pattern, name); }))
        chosen[i] = any = true;
    if (!any)
      throw UsageError(fmt::format("{}: no layer with weights matches '{}'; there are {}", option, printable(pattern),
                                   fmt::join(layers, ", ")));
  }
  std::vector<std::string> matching;
  for (size_t i = 0; i < layers.size(); ++i)
    if (chosen[i]) matching.push_back(layers[i]);
  return matching;
}

}  // namespace nn
