// SPDX-License-Identifier: MIT
// Layers of a configuration. A model that is a layer of another is replaced by its layers.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/error.h"
#include "base/log.h"
#include "formats/models/keras/config_values.h"

namespace nn {
namespace {

/// Names of the layers whose outputs a value in an argument list is.
void collect_inputs(const Json& value, std::vector<std::string>& names) {
  if (const Json* history = value.find("config"); history && history->find("keras_history")) {
    names.push_back(history->at("keras_history").items().at(0).string());
  } else if (value.is_array()) {
    for (const Json& item : value.items()) collect_inputs(item, names);
  }
}

/// Keras 3: [{"args": [tensor or list], "kwargs": {}}]; Keras 2: [[["name", 0, 0, {}], ...]].
std::vector<std::string> inputs_of(const Json& nodes, const std::string& name) {
  std::vector<std::string> names;
  const Json::Array& calls = nodes.items();
  if (calls.size() > 1)
    throw Error("layer '" + printable(name) + "' is used at several places, which is not supported");
  if (calls.empty()) return names;
  if (const Json* arguments = calls[0].find("args")) {
    collect_inputs(*arguments, names);
    return names;
  }
  for (const Json& input : calls[0].items())
    names.push_back(input.is_string() ? calls[0].items().at(0).string() : input.items().at(0).string());
  return names;
}

/// The number among the arguments of arithmetic with a tensor: "args": [tensor, 127.5].
void take_number(const Json& nodes, KerasLayer& layer) {
  if (nodes.items().size() != 1) return;
  const Json* arguments = nodes.items()[0].find("args");
  if (!arguments || arguments->items().size() != 2) return;
  for (size_t i = 0; i < 2; ++i)
    if (const Json& one = arguments->items()[i]; one.is_number())
      layer.number = one.number(), layer.number_is_first = i == 0;
}

std::string first_name(const Json& output) {
  if (output.is_string()) return output.string();
  const Json::Array& items = output.items();
  if (items.empty()) throw Error("a model without an output");
  if (items[0].is_array() && items.size() > 1) throw Error("a model of several outputs, which is not supported");
  return first_name(items[0]);
}

/// ["a", 0, 0], or [["a", 0, 0], ["b", 0, 0]].
std::vector<std::string> names_in(const Json& ends) {
  std::vector<std::string> names;
  const Json::Array& items = ends.items();
  if (!items.empty() && items[0].is_string()) return {items[0].string()};
  for (const Json& end : items) names.push_back(first_name(end));
  return names;
}

Shape shape_in(const Json& json) {
  std::vector<int64_t> dims;
  for (const Json& d : json.items()) dims.push_back(d.is_null() ? 0 : d.integer());
  return Shape(std::move(dims));
}

std::string joined(const std::vector<std::string>& models, const std::string& name) {
  std::string path;
  for (const std::string& model : models) path += model + "/";
  return path + name;
}

bool is_model(const std::string& type) { return type == "Sequential" || type == "Functional" || type == "Model"; }

/// Where a model stands among the others; nothing is told of the outermost.
struct Place {
  std::vector<std::string> models, groups;  ///< names of the models around its layers, and of their groups
  std::vector<std::string> inputs;          ///< of the model; empty: its InputLayers are inputs of the network
};

/// Puts layers, and those of models among them, one behind the other.
class Flattening {
 public:
  explicit Flattening(KerasModel& model) : model_(model) {}

  /// Returns the name of the layer whose output is that of the model.
  std::string add(const Json& model_config, const Place& place) {
    const bool sequential = model_config.at("class_name").string() == "Sequential";
    const Json& config = model_config.at("config");
    const Json& list = config.is_array() ? config : config.at("layers");
    if (list.items().empty()) throw Error("a model without layers");
    std::vector<std::string> entrances;
    if (!place.inputs.empty()) entrances = sequential ? place.inputs : names_in(config.at("input_layers"));
    if (entrances.size() != place.inputs.size() || (sequential && entrances.size() > 1))
      throw Error("it is called with another number of inputs than it has");
    Known known;
    std::map<std::string, int> counts;
    std::string last;
    for (const Json& entry : list.items()) {
      KerasLayer layer = layer_of(entry);
      const std::string name = layer.name;
      if (known.contains(name)) throw Error("two layers have the name '" + printable(name) + "'");
      if (!sequential) take_number(entry.at("inbound_nodes"), layer);
      if (!sequential)
        for (const std::string& input : inputs_of(entry.at("inbound_nodes"), name))
          layer.inputs.push_back(known.contains(input) ? known[input] : joined(place.models, input));
      else if (!known.empty())
        layer.inputs = {last};
      else
        layer.inputs = place.inputs;
      const std::string kind = snake_case(layer.type);
      const int n = counts[kind]++;
      Place inside = place;
      inside.models.push_back(name);
      inside.groups.push_back(n == 0 ? kind : kind + "_" + std::to_string(n));
      if (layer.type == "InputLayer" && !place.inputs.empty()) {
        const auto entrance = sequential ? entrances.begin() : std::ranges::find(entrances, name);
        if (entrance == entrances.end()) throw Error("'" + printable(name) + "' is none of its inputs");
        last = place.inputs[static_cast<size_t>(entrance - entrances.begin())];
      } else {
        last = placed(entry, std::move(layer), std::move(inside));
      }
      known[name] = last;
    }
    if (const Json* built = config.find("build_input_shape");
        built && built->is_array() && (place.models.empty() || model_.input.rank() == 0))
      model_.input = shape_in(*built);
    if (sequential) return last;
    const std::string output = first_name(config.at("output_layers"));
    return known.contains(output) ? known[output] : joined(place.models, output);
  }

 private:
  using Known = std::map<std::string, std::string>;  ///< whose output a layer of this model is

  static KerasLayer layer_of(const Json& entry) {
    KerasLayer layer;
    layer.type = entry.at("class_name").string();
    layer.config = entry.at("config");
    const Json* name = layer.config.find("name");
    if (!name) name = entry.find("name");
    if (!name) throw Error("a layer of class '" + printable(layer.type) + "' without a name");
    layer.name = name->string();
    return layer;
  }

  std::string placed(const Json& entry, KerasLayer layer, Place place) {
    if (is_model(layer.type) && (layer.config.is_array() || layer.config.find("layers"))) {
      place.inputs = layer.inputs;
      return in_context("layer '" + printable(layer.name) + "' (" + layer.type + ")",
                        [&] { return add(entry, place); });
    }
    place.models.pop_back();
    layer.short_name = layer.name;
    layer.name = joined(place.models, layer.name);
    layer.models = std::move(place.models);
    layer.groups = std::move(place.groups);
    if (!names_.insert(layer.name).second) throw Error("two layers have the name '" + printable(layer.name) + "'");
    model_.layers.push_back(std::move(layer));
    return model_.layers.back().name;
  }

  KerasModel& model_;
  std::set<std::string> names_;
};

/// relu6(x + 3) / 6, which keras.applications writes out, becomes one layer.
void join_hard_sigmoids(KerasModel& model) {
  std::map<std::string, int> uses;
  std::map<std::string, const KerasLayer*> by_name;
  ++uses[model.output];
  for (const KerasLayer& layer : model.layers) {
    by_name[layer.name] = &layer;
    for (const std::string& input : layer.inputs) ++uses[input];
  }
  const auto before = [&](const KerasLayer& layer, const char* type) -> const KerasLayer* {
    const auto found = layer.inputs.size() == 1 ? by_name.find(layer.inputs[0]) : by_name.end();
    return found != by_name.end() && found->second->type == type && uses[found->first] == 1 ? found->second : nullptr;
  };
  std::set<std::string> joined;
  for (KerasLayer& last : model.layers) {
    const bool is_sixth = last.number && ((last.type == "Multiply" && std::abs(*last.number * 6 - 1) < 1e-6) ||
                                          (last.type == "TrueDivide" && *last.number == 6 && !last.number_is_first));
    const KerasLayer* cut = is_sixth ? before(last, "ReLU") : nullptr;
    if (!cut || real(cut->config, "max_value", 0) != 6 || real(cut->config, "negative_slope", 0) != 0 ||
        real(cut->config, "threshold", 0) != 0)
      continue;
    const KerasLayer* sum = before(*cut, "Add");
    if (!sum || !sum->number || *sum->number != 3) continue;
    joined.insert(cut->name), joined.insert(sum->name);
    last.type = "Activation", last.config["activation"] = Json("hard_sigmoid"), last.number.reset();
    last.inputs = sum->inputs;
  }
  std::erase_if(model.layers, [&](const KerasLayer& layer) { return joined.contains(layer.name); });
}

}  // namespace

KerasModel keras_layers(const Json& config) {
  KerasModel model;
  const std::string type = config.at("class_name").string();
  if (!is_model(type)) throw Error("a model of class '" + printable(type) + "', expected Sequential or Functional");
  model.output = Flattening(model).add(config, {});
  join_hard_sigmoids(model);
  return model;
}

}  // namespace nn
