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
constexpr int most_braces = 16;

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
    if (depth == most_braces) throw UsageError(fmt::format("more than {} braces inside one another", most_braces));
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

/// "fc1:1x1" is fc1, and two axes more.
struct Module {
  std::string name;
  size_t more_axes = 0;
};

Module module_of(const std::string& word) {
  const size_t colon = word.find(':');
  if (colon == std::string::npos) return {word};
  const auto extents = split_at(std::string_view(word).substr(colon + 1), 'x');
  if (std::ranges::any_of(extents, [](std::string_view extent) { return extent != "1"; }))
    throw Error(fmt::format("'{}': expected extents of 1 after ':', as 1x1", printable(word)));
  return {word.substr(0, colon), extents.size()};
}

void append(std::vector<ForeignName>& names, const LayerParams& layer, const std::string& word) {
  const size_t equals = word.find('=');
  if (equals == std::string::npos) {
    const Module module = module_of(word);
    for (const Param* p : layer.params) {
      std::vector<int64_t> dims = p->shape.dims();
      if (p->name == "weight") dims.resize(dims.size() + module.more_axes, 1);
      names.push_back({p->path(), module.name + "." + p->name, Shape(std::move(dims))});
    }
    return;
  }
  const std::string parameter = word.substr(equals + 1);
  if (layer.params.size() != 1 || layer.params[0]->name != parameter)
    throw Error(fmt::format("'{}': expected a layer whose only parameter is {}, found {} with {}{}", printable(word),
                            printable(parameter), layer.layer, layer.params[0]->name,
                            layer.params.size() > 1 ? " and others" : ""));
  names.push_back({layer.params[0]->path(), word.substr(0, equals), layer.params[0]->shape});
}

/// Kind and inputs of the layers, without those that only drop values.
struct Skeleton {
  std::vector<std::string> kinds;
  std::vector<std::vector<int>> inputs;
  bool operator==(const Skeleton&) const = default;
};

bool only_drops(std::string_view kind) { return kind == "dropout" || kind == "droppath"; }

/// Whether the text may have that many layers, without making them.
bool has_layers(const std::string& text, size_t count) {
  const std::vector<LayerWord> words = parse_layers(text);
  return count == static_cast<size_t>(std::ranges::count_if(words, [](const LayerWord& word) {
           const bool layer = word.kind == LayerWord::Kind::layer || word.kind == LayerWord::Kind::open;
           return layer && !only_drops(std::string_view(word.text).substr(0, word.text.find(':')));
         }));
}

Skeleton skeleton_of(const std::vector<Network::Node>& nodes) {
  Skeleton s;
  std::vector<int> place;  // of each node, or of what it drops values of
  for (const Network::Node& node : nodes) {
    std::vector<int> inputs;
    for (const int i : node.inputs) inputs.push_back(i == Network::sample ? i : place[static_cast<size_t>(i)]);
    if (only_drops(node.type)) {
      place.push_back(inputs[0]);
      continue;
    }
    place.push_back(static_cast<int>(s.kinds.size()));
    s.kinds.push_back(node.type);
    s.inputs.push_back(std::move(inputs));
  }
  return s;
}

}  // namespace

bool is_chain(const Network& network) {
  for (size_t i = 0; i < network.nodes().size(); ++i)
    if (network.nodes()[i].inputs != std::vector<int>{static_cast<int>(i) - 1}) return false;
  return true;
}

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

Names shared_modules(const std::vector<Network::Node>& nodes) {
  const Skeleton skeleton = skeleton_of(nodes);
  for (const std::string& file : shared_files(".names")) {
    const std::string layers = read_layers_file(file.substr(0, file.rfind('.')) + ".nn");
    if (has_layers(layers, skeleton.kinds.size()) && skeleton_of(read_layers(layers).nodes) == skeleton)
      return in_context(file, [&] { return expanded_names(read_layers_file(file)); });
  }
  return {};
}

std::vector<ForeignName> names_by_modules(const Graph& graph, const Names& modules) {
  const std::vector<LayerParams> layers = by_layer(graph);
  if (modules.size() != layers.size())
    throw Error(fmt::format("names: expected one for each of the {} layers with parameters, found {}", layers.size(),
                            modules.size()));
  std::vector<ForeignName> names;
  for (size_t i = 0; i < layers.size(); ++i) append(names, layers[i], modules[i]);
  return names;
}

std::vector<ForeignName> foreign_names(const Network& network) {
  const Names shared = shared_modules(network.nodes());
  return shared.empty() ? plain_names(network) : names_by_modules(network.lower(), shared);
}

Names plain_modules(const Network& network) {
  const bool numbered = is_chain(network);
  Names modules;
  for (const Network::Node& node : network.nodes()) {
    modules.push_back(numbered ? std::to_string(modules.size()) : node.name);
    std::ranges::replace(modules.back(), '-', '_');
  }
  return modules;
}

std::vector<ForeignName> plain_names(const Network& network) {
  const Graph graph = network.lower();
  const Names modules = plain_modules(network);
  Names of_params;
  for (const LayerParams& layer : by_layer(graph)) {
    const auto at = std::ranges::find(network.nodes(), layer.layer, &Network::Node::name);
    of_params.push_back(modules[static_cast<size_t>(at - network.nodes().begin())]);
  }
  return names_by_modules(graph, of_params);
}

}  // namespace nn
