// SPDX-License-Identifier: MIT
// From words to layers: kind, options, name and inputs of each, without shapes.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "base/log.h"
#include "base/text/printable.h"
#include "layers/initializer.h"
#include "model/network.h"

namespace nn {
namespace {

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

/// A layer as its word tells of it: its inputs are names still, and its shapes come later.
struct Made {
  Network::Node node;
  const LayerType* type;
  std::string from;
  int place = -1;  ///< among the nodes, once it is there
};

/// Kind, name and options of one word.
Made made_of(const LayerWord& word, const FrameworkRules& like) {
  Made made;
  Network::Node& node = made.node;
  node.word = word;
  node.text = word.text;
  const Spec spec = parse_spec(word.text, ':');
  const LayerType& type = find_in(layer_types(), spec.name, "layer");
  made.type = &type;
  node.type = type.name;
  node.layer = type.make();
  OptionSet set(like.name);
  node.layer->options(set);
  set.add("name", node.name, "NAME", "name of the layer in files and messages, instead of kind and number");
  set.add("from", made.from, "NAME", "earlier layer whose output is the input, or input for the network's own");
  if (type.takes != Takes::named) refuse_layer_inside(spec, set);
  refuse_bare_initializer(word, spec, set);
  apply_spec(spec, set);
  node.layer->check();
  if (set.given("name") && !is_name(node.name))
    throw UsageError("name: expected letters, digits, '_', '-' and '.', at most 64 of them, found '" +
                     printable(cut_word(node.name)) + "'");
  if (set.given("from") && made.from.empty()) throw UsageError("from: expected the name of an earlier layer");
  if (like.name != FrameworkRules().name) node.text = spec_text(type.name, set, ':');
  std::erase_if(set.all(),  // of the node, which will move
                [](const Option& o) { return o.name == "name" || o.name == "from"; });
  node.options = std::move(set);
  return made;
}

class LayerNames {
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

/// Puts the layers in the order in which they are computed and finds the inputs of each.
class Linker {
 public:
  /// made: in the order of the words that make layers.
  Linker(const std::vector<LayerWord>& words, std::vector<Made>& made) : made_(made) {
    for (size_t i = 0; i < made.size(); ++i) by_name_[made[i].node.name] = i;
    for (const LayerWord& word : words) {
      const bool begins = word.kind == LayerWord::Kind::layer || word.kind == LayerWord::Kind::open;
      in_context(place_of(begins ? word : made_[brackets_.back().joint].node.word), [&] { take(word); });
    }
    refuse_unused();
  }
  std::vector<Network::Node> nodes() && { return std::move(nodes_); }

 private:
  struct Bracket {
    size_t joint;  ///< among made_
    int start;     ///< what its branches begin with
    std::vector<int> ends;
  };

  void take(const LayerWord& word) {
    switch (word.kind) {
      case LayerWord::Kind::layer: {
        Made& layer = made_[next_++];
        std::vector<int> inputs{layer.from.empty() ? now_ : find(layer.from, layer)};
        for (const std::string& name : layer.node.layer->named_inputs()) inputs.push_back(find(name, layer));
        return put(layer, std::move(inputs));
      }
      case LayerWord::Kind::open: {
        Made& joint = made_[next_];
        if (!joint.from.empty()) now_ = find(joint.from, joint);
        brackets_.push_back({next_++, now_, {}});
        return;
      }
      case LayerWord::Kind::next:
        brackets_.back().ends.push_back(now_);
        now_ = brackets_.back().start;
        return;
      case LayerWord::Kind::close:
        brackets_.back().ends.push_back(now_);
        return close();
    }
  }

  void close() {
    Bracket bracket = std::move(brackets_.back());
    brackets_.pop_back();
    Made& joint = made_[bracket.joint];
    if (bracket.ends.size() == 1) {
      if (joint.type->alone == Alone::refused)
        throw UsageError(fmt::format(
            "one branch alone: write {}( ... | ... ), where an empty branch is the input itself", joint.type->name));
      const bool behind = joint.type->alone == Alone::input_behind;
      bracket.ends.insert(behind ? bracket.ends.end() : bracket.ends.begin(), bracket.start);
    }
    put(joint, std::move(bracket.ends));
  }

  void put(Made& layer, std::vector<int> inputs) {
    for (const int input : inputs)
      if (input != Network::sample) used_[static_cast<size_t>(input)] = true;
    layer.node.inputs = std::move(inputs);
    for (const Bracket& bracket : brackets_) layer.node.brackets.push_back(made_[bracket.joint].node.name);
    layer.place = now_ = static_cast<int>(nodes_.size());
    nodes_.push_back(std::move(layer.node));
    used_.push_back(false);
  }

  /// Place of the node of that name, which is an input of `reader`.
  int find(const std::string& name, const Made& reader) const {
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) {
      if (name == "input") return Network::sample;
      throw UsageError(unknown_name("layer", name, names_near(name)));
    }
    const Made& wanted = made_[found->second];
    const LayerWord& word = wanted.place < 0 ? wanted.node.word : nodes_[static_cast<size_t>(wanted.place)].word;
    if (word.repeat != 0 && word.repeat == reader.node.word.repeat)
      throw UsageError(
          fmt::format("'{}' stands in the same repeat as this word, whose copies would not mean the same by it: write "
                      "a bracket, as "
                      "res( ... ), or write the repeat out",
                      name));
    if (&wanted == &reader) throw UsageError(fmt::format("'{}' is this layer itself: expected an earlier one", name));
    for (const Bracket& bracket : brackets_)
      if (bracket.joint == found->second)
        throw UsageError(fmt::format("'{}' is the bracket around this layer: expected an earlier one", name));
    if (wanted.place < 0)
      throw UsageError(
          fmt::format("'{}' looks ahead: it stands behind, at line {}, column {}; expected an earlier layer", name,
                      word.line, word.column));
    return wanted.place;
  }

  /// What the message lists: the names that are like it, else the last ones.
  std::vector<std::string> names_near(const std::string& name) const {
    constexpr size_t most = 20;
    std::vector<std::string> known{"input"};
    for (const Network::Node& node : nodes_) known.push_back(node.name);
    if (known.size() > most && nearest(name, known).empty()) known.erase(known.begin(), known.end() - most);
    return known;
  }

  void refuse_unused() const {
    for (size_t i = 0; i + 1 < nodes_.size(); ++i)
      if (!used_[i])
        throw UsageError(place_of(nodes_[i].word) + fmt::format(": no layer uses its output '{}'", nodes_[i].name));
  }

  std::vector<Made>& made_;
  std::map<std::string, size_t> by_name_;  // among made_
  size_t next_ = 0;
  int now_ = Network::sample;
  std::vector<Bracket> brackets_;
  std::vector<Network::Node> nodes_;
  std::vector<bool> used_;
};

}  // namespace

std::string place_of(const LayerWord& word) {
  return fmt::format("layers: line {}, column {}: '{}'", word.line, word.column, printable(cut_word(word.text)));
}

ReadLayers read_layers(std::string_view text, const FrameworkRules& like) {
  std::vector<LayerWord> words = parse_layers(text);
  std::vector<Made> made;
  LayerNames names;
  for (const LayerWord& word : words)
    if (word.kind == LayerWord::Kind::layer || word.kind == LayerWord::Kind::open)
      in_context(place_of(word), [&] { names.give(made.emplace_back(made_of(word, like)).node); });
  ReadLayers result{{}, std::string(text)};
  if (like.name != FrameworkRules().name) {
    std::vector<LayerWord> spelled = words;
    size_t next = 0;
    for (LayerWord& word : spelled)
      if (word.kind == LayerWord::Kind::layer || word.kind == LayerWord::Kind::open) word.text = made[next++].node.text;
    result.text = text_of(spelled);
  }
  result.nodes = Linker(words, made).nodes();
  return result;
}

}  // namespace nn
