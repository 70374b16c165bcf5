// SPDX-License-Identifier: MIT
#include "model/foreign_names.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/log.h"
#include "base/text/split.h"
#include "model/layers_file.h"

namespace nn {
namespace {

constexpr size_t most_names = 10'000, longest_name = 500;
constexpr int deepest = 16;

using Names = std::vector<std::string>;

/// Expands the braces of one word.
class Braces {
 public:
  explicit Braces(std::string_view word) : word_(word) {}
  Names all() {
    Names names = sequence(0);
    if (!at_end()) throw UsageError(fmt::format("'{}' outside of braces", word_[place_]));
    return names;
  }

 private:
  bool at_end() const { return place_ == word_.size(); }

  /// Up to the end, or the ',' or '}' that closes this level.
  Names sequence(int depth) {
    Names names{""};
    while (!at_end() && word_[place_] != ',' && word_[place_] != '}') {
      if (word_[place_] == '{') {
        names = product(names, group(depth));
      } else {
        const char c = word_[place_++];
        for (std::string& name : names) name += c;
      }
    }
    return names;
  }

  Names group(int depth) {
    if (depth == deepest) throw UsageError(fmt::format("more than {} braces inside one another", deepest));
    const size_t begin = ++place_;
    Names names;
    for (char end = ','; end == ',';) {
      Names more = sequence(depth + 1);
      if (at_end()) throw UsageError("'}' is missing");
      names.insert(names.end(), more.begin(), more.end());
      check_count(names.size());
      end = word_[place_++];
    }
    const Names numbers = range(word_.substr(begin, place_ - 1 - begin));
    return numbers.empty() ? names : numbers;
  }

  /// "2..4"; empty for anything else.
  static Names range(std::string_view text) {
    const size_t dots = text.find("..");
    if (dots == std::string_view::npos || text.find_first_not_of("0123456789.") != std::string_view::npos) return {};
    size_t first = 0, last = 0;
    parse_value(text.substr(0, dots), first);
    parse_value(text.substr(dots + 2), last);
    if (last < first) throw UsageError(fmt::format("{{{}}} counts down", text));
    check_count(last - first);
    Names names;
    for (size_t i = first; i <= last; ++i) names.push_back(std::to_string(i));
    return names;
  }

  static Names product(const Names& front, const Names& back) {
    check_count(front.size() * back.size());
    Names names;
    for (const std::string& a : front)
      for (const std::string& b : back) {
        if (a.size() + b.size() > longest_name) throw UsageError("a name of more than 500 letters");
        names.push_back(a + b);
      }
    return names;
  }

  static void check_count(size_t count) {
    if (count > most_names) throw UsageError(fmt::format("more than {} names", most_names));
  }

  std::string_view word_;
  size_t place_ = 0;
};

/// The parameters of one layer.
struct LayerParams {
  std::string layer;
  std::vector<const Param*> params;
};

std::vector<LayerParams> by_layer(const Graph& graph) {
  std::vector<LayerParams> layers;
  for (const Param& p : graph.params) {
    if (layers.empty() || layers.back().layer != p.layer) layers.push_back({p.layer, {}});
    layers.back().params.push_back(&p);
  }
  return layers;
}

void append(std::vector<ForeignName>& names, const LayerParams& layer, const std::string& module) {
  const size_t equals = module.find('=');
  if (equals == std::string::npos) {
    for (const Param* p : layer.params) names.push_back({p->path(), module + "." + p->name});
    return;
  }
  const std::string parameter = module.substr(equals + 1);
  if (layer.params.size() != 1 || layer.params[0]->name != parameter)
    throw Error(fmt::format("'{}': expected a layer whose only parameter is {}, found {} with {}{}", printable(module),
                            printable(parameter), layer.layer, layer.params[0]->name,
                            layer.params.size() > 1 ? " and others" : ""));
  names.push_back({layer.params[0]->path(), module.substr(0, equals)});
}

/// Kind and inputs of the layers, without those that only drop values.
struct Skeleton {
  std::vector<std::string> kinds;
  std::vector<std::vector<int>> inputs;
  bool operator==(const Skeleton&) const = default;
};

Skeleton skeleton_of(const std::vector<Network::Node>& nodes) {
  Skeleton s;
  std::vector<int> place;  // of each node, or of what it drops values of
  for (const Network::Node& node : nodes) {
    std::vector<int> inputs;
    for (const int i : node.inputs) inputs.push_back(i == Network::sample ? i : place[static_cast<size_t>(i)]);
    if (node.type == "dropout" || node.type == "droppath") {
      place.push_back(inputs[0]);
      continue;
    }
    place.push_back(static_cast<int>(s.kinds.size()));
    s.kinds.push_back(node.type);
    s.inputs.push_back(std::move(inputs));
  }
  return s;
}

std::vector<ForeignName> sequential_names(const Network& network) {
  const auto& nodes = network.nodes();
  for (size_t i = 0; i < nodes.size(); ++i)
    if (nodes[i].inputs != std::vector<int>{i == 0 ? Network::sample : static_cast<int>(i) - 1}) return {};
  const Graph graph = network.lower();
  std::vector<ForeignName> names;
  for (const LayerParams& layer : by_layer(graph)) {
    const auto at = std::ranges::find(nodes, layer.layer, &Network::Node::name);
    append(names, layer, std::to_string(at - nodes.begin()));
  }
  return names;
}

}  // namespace

Names expanded_names(std::string_view text) {
  Names all;
  const auto lines = split_at(text, '\n');
  for (size_t l = 0; l < lines.size(); ++l) {
    std::string_view rest = lines[l].substr(0, lines[l].find('#'));
    constexpr const char* blanks = " \t\r";
    for (size_t at = 0; (at = rest.find_first_not_of(blanks)) != std::string_view::npos;) {
      rest.remove_prefix(at);
      const std::string word(rest.substr(0, rest.find_first_of(blanks)));
      rest.remove_prefix(word.size());
      const Names names =
          in_context(fmt::format("names: line {}: '{}'", l + 1, printable(word)), [&] { return Braces(word).all(); });
      all.insert(all.end(), names.begin(), names.end());
      if (all.size() > most_names) throw UsageError(fmt::format("names: more than {} names", most_names));
    }
  }
  return all;
}

std::vector<ForeignName> foreign_names(const Network& network, std::string_view text) {
  const Names modules = expanded_names(text);
  const Graph graph = network.lower();
  const std::vector<LayerParams> layers = by_layer(graph);
  if (modules.size() != layers.size())
    throw Error(fmt::format("names: expected one for each of the {} layers with parameters, found {}", layers.size(),
                            modules.size()));
  std::vector<ForeignName> names;
  for (size_t i = 0; i < layers.size(); ++i) append(names, layers[i], modules[i]);
  return names;
}

std::vector<ForeignName> foreign_names(const Network& network) {
  const Skeleton skeleton = skeleton_of(network.nodes());
  for (const std::string& file : shared_files(".names")) {
    const std::string layers = file.substr(0, file.rfind('.')) + ".nn";
    if (skeleton_of(read_layers(read_layers_file(layers)).nodes) == skeleton)
      return in_context(file, [&] { return foreign_names(network, read_layers_file(file)); });
  }
  return sequential_names(network);
}

}  // namespace nn
