// SPDX-License-Identifier: MIT
#include "formats/models/keras/keras_model.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/log.h"

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

std::string first_name(const Json& output) {
  if (output.is_string()) return output.string();
  const Json::Array& items = output.items();
  if (items.empty()) throw Error("a model without an output");
  if (items[0].is_array() && items.size() > 1) throw Error("a model of several outputs, which is not supported");
  return first_name(items[0]);
}

Shape shape_in(const Json& json) {
  std::vector<int64_t> dims;
  for (const Json& d : json.items()) dims.push_back(d.is_null() ? 0 : d.integer());
  return Shape(std::move(dims));
}

Element element_of(h5::ForeignObject::Kind kind) {
  switch (kind) {
    case h5::ForeignObject::Kind::float64:
      return Element::f64;
    case h5::ForeignObject::Kind::int64:
      return Element::i64;
    case h5::ForeignObject::Kind::bfloat16:
      return Element::bf16;
    default:
      return Element::f32;
  }
}

ForeignTensor tensor_of(const h5::ForeignObject& object, const std::string& name) {
  if (object.kind == h5::ForeignObject::Kind::group || object.kind == h5::ForeignObject::Kind::other)
    throw Error(printable(object.path) + ": expected a dataset of numbers");
  const Element type = element_of(object.kind);
  return {name, object.shape, type, floats_of(object.values, type)};
}

/// vars/0, vars/1, ... below a group.
std::vector<ForeignTensor> numbered(const h5::ForeignFile& file, const std::string& group, const std::string& name) {
  std::vector<ForeignTensor> arrays;
  for (size_t i = 0;; ++i) {
    const h5::ForeignObject* object = file.find(group + "/vars/" + std::to_string(i));
    if (!object) return arrays;
    arrays.push_back(tensor_of(*object, name + "/" + std::to_string(i)));
  }
}

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

/// The names of an attribute, which is cut into name0, name1, ... where it is long.
std::vector<std::string> listed(const h5::ForeignFile& file, const std::string& path, const std::string& name) {
  const h5::ForeignObject* object = file.find(path.empty() ? "/" : path);
  if (!object) throw Error(printable(path) + " is missing");
  if (const auto whole = object->texts.find(name); whole != object->texts.end()) return whole->second;
  std::vector<std::string> names;
  for (size_t i = 0;; ++i) {
    const auto part = object->texts.find(name + std::to_string(i));
    if (part == object->texts.end()) return names;
    names.insert(names.end(), part->second.begin(), part->second.end());
  }
}

std::vector<ForeignTensor> legacy_arrays(const h5::ForeignFile& file, const std::string& group,
                                         const std::string& name) {
  std::vector<ForeignTensor> arrays;
  for (const std::string& weight : listed(file, group, "weight_names")) {
    const h5::ForeignObject* object = file.find(group + "/" + weight);
    if (!object) throw Error(printable(group + "/" + weight) + " is missing");
    std::string role = weight.substr(weight.rfind('/') + 1);
    if (const size_t colon = role.find(':'); colon != std::string::npos) role.erase(colon);
    arrays.push_back(tensor_of(*object, name + "/" + role));
  }
  return arrays;
}

}  // namespace

std::string snake_case(const std::string& name) {
  std::string out;
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool begins = i > 0 && (is_lower(name[i - 1]) || (i + 1 < name.size() && is_lower(name[i + 1])));
    if (is_upper(c) && begins) out += '_';
    out += is_upper(c) ? static_cast<char>(c + 32) : c;
  }
  return out;
}

KerasModel keras_layers(const Json& model_config) {
  KerasModel model;
  const std::string type = model_config.at("class_name").string();
  const bool sequential = type == "Sequential";
  if (!sequential && type != "Functional" && type != "Model")
    throw Error("a model of class '" + printable(type) + "', expected Sequential or Functional");
  const Json& config = model_config.at("config");
  const Json& list = config.is_array() ? config : config.at("layers");
  for (const Json& entry : list.items()) {
    KerasLayer layer;
    layer.type = entry.at("class_name").string();
    layer.config = entry.at("config");
    const Json* name = layer.config.find("name");
    if (!name) name = entry.find("name");
    if (!name) throw Error("a layer of class '" + printable(layer.type) + "' without a name");
    layer.name = name->string();
    if (!sequential)
      layer.inputs = inputs_of(entry.at("inbound_nodes"), layer.name);
    else if (!model.layers.empty())
      layer.inputs = {model.layers.back().name};
    for (const KerasLayer& other : model.layers)
      if (other.name == layer.name) throw Error("two layers have the name '" + printable(layer.name) + "'");
    model.layers.push_back(std::move(layer));
  }
  if (model.layers.empty()) throw Error("a model without layers");
  model.output = sequential ? model.layers.back().name : first_name(config.at("output_layers"));
  if (const Json* built = config.find("build_input_shape"); built && built->is_array()) model.input = shape_in(*built);
  return model;
}

void take_loss(const Json& compile, KerasModel& model) {
  const Json* loss = compile.find("loss");
  if (!loss) return;
  if (loss->is_string()) {
    model.loss = loss->string();
  } else if (const Json* type = loss->find("class_name"); type && type->is_string()) {
    const Json* config = loss->find("config");
    model.loss =
        type->string() == "function" && config && config->is_string() ? config->string() : snake_case(type->string());
  }
}

void take_new_arrays(const h5::ForeignFile& file, KerasModel& model) {
  std::string root = "/layers";
  if (!file.find(root)) root = "/_layer_checkpoint_dependencies";
  if (!file.find(root)) throw Error("no group 'layers' in the weights");
  std::map<std::string, int> counts;
  for (KerasLayer& layer : model.layers) {
    const std::string kind = snake_case(layer.type);
    const bool listed = layer.type != "InputLayer" || file.find(root + "/" + kind);
    if (!listed) continue;
    const int n = counts[kind]++;
    const std::string name = n == 0 ? kind : kind + "_" + std::to_string(n);
    layer.arrays = numbered(file, root + "/" + name, layer.name);
  }
}

void take_legacy_arrays(const h5::ForeignFile& file, const std::string& root, KerasModel& model) {
  for (KerasLayer& layer : model.layers)
    if (file.find(root + "/" + layer.name)) layer.arrays = legacy_arrays(file, root + "/" + layer.name, layer.name);
}

std::vector<ForeignTensor> named_arrays(const h5::ForeignFile& file) {
  std::vector<ForeignTensor> all;
  const auto add = [&](std::vector<ForeignTensor> arrays) {
    // Roles by their number and rank, as the layers here have them: a file of weights alone does not tell more.
    constexpr const char* of_norm[] = {"gamma", "beta", "moving_mean", "moving_variance"};
    const bool norm =
        arrays.size() == 4 && std::ranges::all_of(arrays, [](const auto& a) { return a.shape.rank() == 1; });
    for (size_t i = 0; i < arrays.size(); ++i) {
      std::string& name = arrays[i].name;
      const std::string role = name.substr(name.rfind('/') + 1), front = name.substr(0, name.rfind('/') + 1);
      if (role == std::to_string(i)) name = front + (norm ? of_norm[i] : i == 0 ? "kernel" : i == 1 ? "bias" : role);
      all.push_back(std::move(arrays[i]));
    }
  };
  for (const char* root : {"/layers", "/_layer_checkpoint_dependencies"})
    if (file.find(root))
      for (const std::string& layer : file.children(root)) {
        const std::string group = root + ("/" + layer);
        const std::string* name = file.text(group + "/vars", "name");  // the user's, where Keras notes it
        add(numbered(file, group, name ? *name : layer));
      }
  const std::string root = file.find("/model_weights") ? "/model_weights" : "";
  if (all.empty())
    for (const std::string& layer : listed(file, root, "layer_names"))
      add(legacy_arrays(file, root + "/" + layer, layer));
  return all;
}

}  // namespace nn
