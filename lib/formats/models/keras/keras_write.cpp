// SPDX-License-Identifier: MIT
#include "formats/models/keras/keras_write.h"

#include <algorithm>
#include <map>

#include "data/zip.h"
#include "formats/models/axes.h"
#include "formats/models/description.h"
#include "formats/models/keras/keras_layers.h"
#include "formats/models/keras/keras_model.h"
#include "formats/models/torch_names.h"
#include "h5/writing/plain_writer.h"

namespace nn {
namespace {

constexpr const char* version = "3.15.1";

/// What is written: the layers, and the arrays of each in Keras' order of axes.
struct Written {
  std::vector<WrittenLayer> layers;
  std::map<std::string, std::pair<Shape, std::vector<float>>> arrays;  ///< by path
  bool sequential = false;

  Written(const Model& model, bool logits) {
    const Network network(model.layers, model.input);
    const Graph graph = network.lower();
    layers = keras_layers_of(network, model.loss, logits);
    sequential = is_chain(network);
    for (size_t id = 0; id < graph.params.size(); ++id)
      for (const NamedTensor& t : model.weights)
        if (t.path == graph.params[id].path()) {
          const AxisMap map = axis_maps(graph, static_cast<ParamId>(id), AxisOrder::keras).front();
          arrays[t.path] = {map.theirs, to_theirs(map, t.values)};
        }
    for (const WrittenLayer& layer : layers)  // of scale
      if (layer.type == "DepthwiseConv2D")
        if (Shape& shape = arrays.at(layer.arrays.at(0)).first; shape.rank() == 1) shape = {1, 1, shape[0], 1};
  }
};

Json tensor_of(const WrittenLayer& layer) {
  Json json = Json::object(), history = Json::array();
  json["class_name"] = Json("__keras_tensor__");
  history.push_back(Json(layer.name)), history.push_back(Json(0)), history.push_back(Json(0));
  json["config"]["shape"] = channels_last(layer.output, true);
  json["config"]["dtype"] = Json("float32");
  json["config"]["keras_history"] = history;
  return json;
}

Json nodes_of(const WrittenLayer& layer, const std::vector<WrittenLayer>& all) {
  Json tensors = Json::array();
  for (const std::string& name : layer.inputs)
    tensors.push_back(tensor_of(*std::ranges::find(all, name, &WrittenLayer::name)));
  Json nodes = Json::array();
  if (layer.inputs.empty()) return nodes;
  Json call = Json::object(), arguments = Json::array();
  if (layer.inputs.size() > 1)
    arguments.push_back(tensors);
  else
    arguments = tensors;
  call["args"] = arguments, call["kwargs"] = Json::object();
  nodes.push_back(call);
  return nodes;
}

/// modules: with the names of Keras' modules, as .keras has them.
Json config_of(const Written& written, bool modules) {
  Json list = Json::array();
  for (const WrittenLayer& layer : written.layers) {
    Json entry = Json::object();
    if (modules) entry["module"] = Json("keras.layers");
    entry["class_name"] = Json(layer.type);
    entry["config"] = layer.config;
    entry["config"]["name"] = Json(layer.name);
    entry["config"]["dtype"] = Json("float32");
    if (layer.type != "InputLayer") entry["config"]["trainable"] = Json(true);
    if (modules) entry["registered_name"] = Json();
    if (!written.sequential) entry["name"] = Json(layer.name), entry["inbound_nodes"] = nodes_of(layer, written.layers);
    list.push_back(std::move(entry));
  }
  Json config = Json::object();
  const char* name = written.sequential ? "sequential" : "functional";
  config["name"] = Json(name), config["trainable"] = Json(true), config["layers"] = list;
  const auto end = [](const WrittenLayer& layer) {
    Json triple = Json::array();
    triple.push_back(Json(layer.name)), triple.push_back(Json(0)), triple.push_back(Json(0));
    return triple;
  };
  if (written.sequential) {
    config["build_input_shape"] = channels_last(written.layers.front().output, true);
  } else {
    config["input_layers"] = end(written.layers.front());
    config["output_layers"] = end(written.layers.back());
  }
  Json json = Json::object();
  if (modules) json["module"] = Json(written.sequential ? "keras" : "keras.src.models.functional");
  json["class_name"] = Json(written.sequential ? "Sequential" : "Functional");
  json["config"] = config;
  if (modules) json["registered_name"] = written.sequential ? Json() : Json("Functional");
  return json;
}

/// The loss by Keras' name; null where it has none of the kind.
Json loss_of(const Model& model, bool logits) {
  const std::string kind = model.loss.substr(0, model.loss.find_first_of(",:"));
  if (kind == "mse") return Json("mean_squared_error");
  const char* type = kind == "cross_entropy" ? "SparseCategoricalCrossentropy"
                     : kind == "bce"         ? "BinaryCrossentropy"
                                             : nullptr;
  if (!type) return {};
  Json loss = Json::object();
  loss["module"] = Json("keras.losses"), loss["class_name"] = Json(type);
  loss["config"]["from_logits"] = Json(logits);
  loss["registered_name"] = Json();
  return loss;
}

Json compile_of(const Model& model, bool logits) {
  Json compile = Json::object();
  compile["optimizer"] = Json("adam"), compile["loss"] = loss_of(model, logits);
  compile["loss_weights"] = Json(), compile["metrics"] = Json(), compile["weighted_metrics"] = Json();
  compile["run_eagerly"] = Json(false), compile["steps_per_execution"] = Json(1), compile["jit_compile"] = Json(false);
  return compile;
}

/// layers/NAME/vars/0, ... by the names that Keras gives classes in their order.
std::vector<std::byte> weights_of(const Written& written, const std::string& description) {
  h5::PlainWriter to;
  KerasModel names;
  std::map<std::string, int> counts;
  for (const WrittenLayer& layer : written.layers) {
    if (layer.type == "InputLayer" && written.sequential) continue;
    const std::string kind = snake_case(layer.type);
    const int n = counts[kind]++;
    const std::string group = "/layers/" + kind + (n == 0 ? "" : "_" + std::to_string(n)) + "/vars";
    to.group(group);
    to.text(group, "name", layer.name);
    for (size_t i = 0; i < layer.arrays.size(); ++i) {
      const auto& [shape, values] = written.arrays.at(layer.arrays[i]);
      to.floats(group + "/" + std::to_string(i), shape, values);
    }
  }
  to.group("/vars");
  to.text("/vars", "name", written.sequential ? "sequential" : "functional");
  if (!description.empty()) to.text("/", description_key, description);
  return to.finish();
}

/// What Keras calls an array of a layer in its older files.
std::string array_name(const WrittenLayer& layer, size_t i) {
  const std::string& path = layer.arrays[i];
  const std::string role = path.substr(path.rfind('/') + 1);
  const bool norm = layer.type.ends_with("Normalization");
  if (role == "weight") return norm ? "gamma" : layer.type == "PReLU" ? "alpha" : "kernel";
  if (role == "bias") return norm ? "beta" : "bias";
  return role == "running_mean" ? "moving_mean" : "moving_variance";
}

void add_listed(h5::PlainWriter& to, const std::string& group, const std::string& name,
                const std::vector<std::string>& values) {
  constexpr size_t most = 64000;  // bytes of an attribute, less what stands in front of it
  size_t longest = 1;
  for (const std::string& value : values) longest = std::max(longest, value.size());
  const size_t each = most / longest;
  if (values.size() <= each) return to.texts(group, name, values);
  for (size_t i = 0, part = 0; i < values.size(); i += each, ++part)
    to.texts(group, name + std::to_string(part),
             {values.begin() + static_cast<std::ptrdiff_t>(i),
              values.begin() + static_cast<std::ptrdiff_t>(std::min(values.size(), i + each))});
}

std::vector<std::byte> bytes_of(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

}  // namespace

void KerasOptions::declare_writing(OptionSet& set) {
  set.flag("logits", logits, "write a Keras model without the softmax or sigmoid that the loss does here");
}

std::vector<ForeignFile> write_keras(const Model& model, const KerasOptions& options) {
  const Written written(model, options.logits);
  Json config = config_of(written, true);
  config["build_config"]["input_shape"] = channels_last(model.input, true);
  config["compile_config"] = compile_of(model, options.logits);
  Json metadata = Json::object();
  metadata["keras_version"] = Json(version), metadata["date_saved"] = Json("1980-01-01@00:00:00");
  return {{"", write_zip({{"metadata.json", bytes_of(metadata.dump())},
                          {"config.json", bytes_of(config.dump())},
                          {"model.weights.h5", weights_of(written, description_of(model))}})}};
}

std::vector<ForeignFile> write_keras_weights(const Model& model, const KerasOptions& options) {
  return {{"", weights_of(Written(model, options.logits), description_of(model))}};
}

std::vector<ForeignFile> write_keras_h5(const Model& model, const KerasOptions& options) {
  const Written written(model, options.logits);
  h5::PlainWriter to;
  const std::string root = "/model_weights", top = root + "/top_level_model_weights";
  to.text("/", "keras_version", version), to.text("/", "backend", "tensorflow");
  to.text("/", "model_config", config_of(written, false).dump());
  Json training = compile_of(model, options.logits);
  training["optimizer_config"]["class_name"] = Json("Adam"), training["optimizer_config"]["config"] = Json::object();
  to.text("/", "training_config", training.dump());
  to.text("/", description_key, description_of(model));
  to.group(root);
  to.text(root, "keras_version", version), to.text(root, "backend", "tensorflow");
  std::vector<std::string> names;
  for (const WrittenLayer& layer : written.layers) {
    if (layer.type == "InputLayer" && written.sequential) continue;
    names.push_back(layer.name);
    const std::string group = root + "/" + layer.name;
    to.group(group);
    std::vector<std::string> arrays;
    for (size_t i = 0; i < layer.arrays.size(); ++i) {
      arrays.push_back(layer.name + "/" + array_name(layer, i));
      const auto& [shape, values] = written.arrays.at(layer.arrays[i]);
      to.floats(group + "/" + arrays.back(), shape, values);
    }
    to.texts(group, "weight_names", arrays);
  }
  to.group(top);
  to.texts(top, "weight_names", {});
  add_listed(to, root, "layer_names", names);
  return {{"", to.finish()}};
}

}  // namespace nn
