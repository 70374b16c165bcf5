// SPDX-License-Identifier: MIT
#include "model/network.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "base/log.h"
#include "layers/initializer.h"

namespace nn {
namespace {

std::string place_of(const LayerWord& word) {
  return fmt::format("layers: line {}, column {}: '{}'", word.line, word.column, printable(word.text));
}

/// Part of paths in HDF5 files and of option values, hence plain.
bool is_name(const std::string& name) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  };
  return !name.empty() && name.size() <= 64 && name[0] != '.' && std::all_of(name.begin(), name.end(), plain);
}

/// A layer among another's arguments, as conv:32,3,relu or dense:64,activation=relu, is told to stand behind it.
void refuse_layer_inside(const Spec& spec, const OptionSet& set) {
  const auto names = names_of(layer_types());
  const auto as_layer = [&](const std::string& word) {
    if (std::find(names.begin(), names.end(), word) != names.end()) return word;
    const auto ours = our_names(word, candidates_of(layer_types()));
    return ours.empty() ? std::string() : ours.front();
  };
  std::string kept = spec.name, behind, found;
  char between = ':';
  const auto sort = [&](const std::string& text, const std::string& layer) {
    if (layer.empty())
      kept += between + text, between = ',';
    else
      behind += " " + layer, found += found.empty() ? text : "";
  };
  for (const std::string& place : spec.places) sort(place, set.find(place) ? "" : as_layer(place));
  for (const auto& [key, value] : spec.named) sort(key + "=" + value, set.find(key) ? "" : as_layer(value));
  if (!behind.empty())
    throw UsageError(fmt::format("'{}' is a layer of its own: write '{}'", printable(found), printable(kept + behind)));
}

/// An initializer among a layer's arguments by place, as dense:128,he_normal.
void refuse_bare_initializer(const LayerWord& word, const Spec& spec, const OptionSet& set) {
  if (!set.find("init")) return;
  const std::vector<std::string> known = names_of(initializer_types());
  for (const std::string& place : spec.places) {
    if (set.find(place) || std::ranges::find(known, place) == known.end()) continue;
    std::string text = word.text;
    text.replace(text.find(place, spec.name.size()), place.size(), "init=" + place);
    throw UsageError(fmt::format("'{}' is an initializer: write '{}'", printable(place), printable(text)));
  }
}

/// Kind, name and options of one word; the shapes come later.
Network::Node make_node(const LayerWord& word, const FrameworkRules& like) {
  Network::Node node;
  node.word = word;
  node.text = word.text;
  const Spec spec = parse_spec(word.text, ':');
  const LayerType& type = find_in(layer_types(), spec.name, "layer");
  node.type = type.name;
  node.layer = type.make();
  OptionSet set(like.name);
  node.layer->options(set);
  declare_name(set, node.name);
  refuse_layer_inside(spec, set);
  refuse_bare_initializer(word, spec, set);
  apply_spec(spec, set);
  node.layer->check();
  if (set.given("name") && !is_name(node.name))
    throw UsageError("name: expected letters, digits, '_', '-' and '.', found '" + printable(node.name) + "'");
  if (like.name != FrameworkRules().name) node.text = spec_text(type.name, set, ':');
  std::erase_if(set.all(), [](const Option& o) { return o.name == "name"; });  // the node, and its name, will move
  node.options = std::move(set);
  return node;
}

class Names {
 public:
  void give(Network::Node& node) {
    const int number = ++count_[node.type];
    const bool own = !node.name.empty();
    if (!own) node.name = node.type + std::to_string(number);
    if (!taken_.insert(node.name).second)
      throw UsageError(
          own ? fmt::format("the name '{}' is taken (a layer inside a repeat cannot have a name)", node.name)
              : fmt::format("its name would be '{}', which another layer has by name=", node.name));
  }

 private:
  std::map<std::string, int> count_;
  std::set<std::string> taken_;
};

}  // namespace

void declare_name(OptionSet& set, std::string& name) {
  set.add("name", name, "NAME", "name of the layer in files and messages, instead of kind and number");
}

std::vector<Network::Node> read_layers(std::string_view text, const FrameworkRules& like) {
  Names names;
  std::vector<Network::Node> nodes;
  for (const LayerWord& word : parse_layers(text))
    in_context(place_of(word), [&] {
      Network::Node node = make_node(word, like);
      names.give(node);
      nodes.push_back(std::move(node));
    });
  return nodes;
}

Network::Network(std::string_view text, Shape input, const FrameworkRules& like)
    : text_(text), input_(std::move(input)) {
  if (input_.rank() == 0 || input_.count() < 1)
    throw Error("a network needs samples with at least one value, found shape " + input_.text());
  nodes_ = read_layers(text, like);
  Shape arriving = input_;
  for (Node& node : nodes_)
    in_context(place_of(node.word), [&] {
      node.input = arriving;
      try {
        node.output = node.layer->output_shape(arriving);
        node.output.count();
      } catch (const Error& e) {
        throw Error(
            fmt::format("{} [shape here: {}, input of the network: {}]", e.what(), arriving.text(), input_.text()),
            e.status());
      }
      arriving = node.output;
    });
  if (like.name == FrameworkRules().name) return;
  text_.clear();
  for (const Node& node : nodes_) text_ += (text_.empty() ? "" : " ") + node.text;
}

Shape Network::output() const { return nodes_.back().output; }

Graph Network::lower(const std::string& default_init) const {
  Graph graph;
  ValueId x = graph.add_input("input", {input_});
  for (const Node& node : nodes_) {
    Lowering to(graph, node.name, default_init);
    x = node.layer->lower(to, std::span(&x, 1));
  }
  graph.outputs = {x};
  return graph;
}

void check_loss_fits(const Network& network, const std::string& loss) {
  const std::string name = loss.substr(0, loss.find(','));
  const auto& nodes = network.nodes();
  const auto moves_only = [](const Network::Node& n) {
    return n.type == "flatten" || n.type == "reshape" || n.type == "dropout";
  };
  const auto last = std::find_if_not(nodes.rbegin(), nodes.rend(), moves_only);
  if (last == nodes.rend()) return;
  if (name == "cross_entropy" && last->type == "softmax")
    throw UsageError(place_of(last->word) +
                     ": softmax belongs to the loss: cross_entropy takes the values before it (logits), and "
                     "nn-predict gives probabilities all the same; leave out 'softmax'");
  if (name == "bce" && last->type == "sigmoid")
    throw UsageError(place_of(last->word) +
                     ": sigmoid belongs to the loss: bce takes the values before it (logits); leave out 'sigmoid'");
}

}  // namespace nn
