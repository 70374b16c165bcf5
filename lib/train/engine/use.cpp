// SPDX-License-Identifier: MIT
#include "train/engine/use.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "base/log.h"
#include "base/options.h"
#include "model/layers_file.h"
#include "model/network.h"

namespace nn {
namespace {

constexpr std::string_view use = "use:";
bool is_use(const LayerWord& word) { return word.kind == LayerWord::Kind::layer && word.text.starts_with(use); }

bool mentions_use(const std::string& text) {
  if (text.find(use) == text.npos) return false;
  return std::ranges::any_of(parse_layers(text), is_use);
}

/// The name of the file without its folder and ending, as a name of layers may be.
std::string stem_of(const std::string& file) {
  std::string stem = std::filesystem::path(file).stem().string();
  for (char& c : stem)
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-')) c = '_';
  constexpr size_t longest = 32;
  return stem.substr(0, longest);
}

struct Use {
  std::string file, name;
};

Use use_of(const LayerWord& word) {
  Use use_it;
  const std::string text = word.text.substr(use.size());
  const size_t comma = text.rfind(",name=");
  use_it.file = text.substr(0, comma);
  if (use_it.file.empty()) throw UsageError("use: expected the file of a model: use:FILE");
  use_it.name = comma == text.npos ? stem_of(use_it.file) : text.substr(comma + 6);
  if (use_it.name.empty()) throw UsageError("use: name: expected a name, found nothing");
  return use_it;
}

void refuse_names(const std::vector<Network::Node>& nodes, const std::vector<LayerWord>& words) {
  for (const Network::Node& node : nodes)
    if (!node.layer->named_inputs().empty())
      throw UsageError(
          fmt::format("its layer {} names another one: such a model cannot be used as a part", printable(node.name)));
  for (const LayerWord& word : words)
    if (word.text.find("from=") != word.text.npos)
      throw UsageError(
          fmt::format("its layer '{}' names another one: such a model cannot be used as a part", printable(word.text)));
}

/// The word with another name.
std::string renamed(const std::string& text, const std::string& name) {
  const Spec spec = parse_spec(text, ':');
  std::string out = spec.name;
  char between = ':';
  const auto add = [&](const std::string& argument) { out += between + argument, between = ','; };
  for (const std::string& place : spec.places) add(place);
  for (const auto& [key, value] : spec.named)
    if (key != "name") add(key + "=" + value);
  add("name=" + name);
  return out;
}

/// What a layer's text must say where other defaults hold, as ",eps=1e-05" each; initial values play no part.
std::map<std::string, std::string> unsaid(const std::string& layers, const FrameworkRules& like) {
  std::map<std::string, std::string> all;
  if (like.name == FrameworkRules().name) return all;
  std::map<std::string, const Network::Node*> there;
  const ReadLayers ours = read_layers(layers), theirs = read_layers(layers, like);
  for (const Network::Node& node : theirs.nodes) there[node.name] = &node;
  for (const Network::Node& node : ours.nodes)
    for (const Option& option : node.options.all()) {
      const Option* other = there.at(node.name)->options.find(option.name);
      if (other && option.get && option.name.find("init") == option.name.npos && option.get() != other->get())
        all[node.name] += "," + option.name + "=" + option.get();
    }
  return all;
}

/// The words of a model whose layers with weights have names of their own; those are added to `into`.
std::vector<LayerWord> words_of(const Model& model, const std::string& name, const FrameworkRules& like, Model& into) {
  std::vector<LayerWord> words = parse_layers(model.layers);
  const Network network(model.layers, model.input);
  refuse_names(network.nodes(), words);
  std::set<std::string> with_weights;
  for (const Param& param : network.lower().params) with_weights.insert(param.layer);
  std::map<std::string, std::string> said = unsaid(model.layers, like);
  std::map<std::string, int> count;  // as read_layers counts
  for (LayerWord& word : words) {
    if (word.kind != LayerWord::Kind::layer && word.kind != LayerWord::Kind::open) continue;
    const Spec spec = parse_spec(word.text, ':');
    std::string own = spec.name + std::to_string(++count[spec.name]);
    for (const auto& [key, value] : spec.named)
      if (key == "name") own = value;
    if (with_weights.contains(own)) word.text = renamed(word.text, name + "." + own);
    if (std::string more = said[own]; !more.empty()) {
      if (word.text.find(':') == word.text.npos) more[0] = ':';
      word.text += more;
    }
  }
  for (const NamedTensor& tensor : model.weights)
    into.weights.push_back({name + "." + tensor.path, tensor.shape, tensor.values});
  return words;
}

}  // namespace

std::string layers_with_use(const std::string& model) {
  if (model.find(use) != model.npos && mentions_use(model)) return model;
  const std::string file = layers_file(model);
  if (file.empty() || layers_are_of_model(model)) return "";
  const std::string text = read_layers_file(file);
  return mentions_use(text) ? text : "";
}

std::string with_used_models(const std::string& layers, const FrameworkRules& like,
                             const std::function<StartModel(const std::string&)>& read, Model& into) {
  std::vector<LayerWord> words;
  for (const LayerWord& word : parse_layers(layers)) {
    if (!is_use(word)) {
      words.push_back(word);
      continue;
    }
    if (word.repeat != 0) throw UsageError(place_of(word) + ": a model stands in a repeat: expected it once");
    const Use it = in_context(place_of(word), [&] { return use_of(word); });
    const StartModel model = read(it.file);
    in_context(printable(it.file), [&] {
      if (model.layers.empty()) throw UsageError("it holds weights and no layers: it cannot be used as a part");
      const std::vector<LayerWord> its = words_of(model, it.name, like, into);
      words.insert(words.end(), its.begin(), its.end());
      if (model.tokenizer && !into.tokenizer) into.tokenizer = model.tokenizer;
    });
  }
  return text_of(words);
}

}  // namespace nn
