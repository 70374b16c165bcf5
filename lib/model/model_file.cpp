// SPDX-License-Identifier: MIT
#include "model/model_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "h5/reading/reader.h"
#include "h5/writing/writer.h"
#include "text/stored_tokenizer.h"

namespace nn {
namespace {

constexpr const char *data_digest_name = "data_digest", *valid_min_name = "raw_valid_min",
                     *valid_max_name = "raw_valid_max", *least_name = "raw_least", *greatest_name = "raw_greatest",
                     *weights_epoch_name = "epoch", *samples_name = "nn_samples";

h5::Array shape_values(const Shape& shape) { return h5::Array::of<int64_t>(shape.dims()); }

Shape read_shape(const h5::Reader& file, const std::string& attribute) {
  const auto values = file.values("/weights", attribute);
  if (!values) throw Error(file.name() + ": /weights: attribute '" + attribute + "' is missing");
  std::vector<int64_t> dims;
  for (int64_t d : values->as<int64_t>()) {
    if (d < 1)
      throw Error(file.name() + ": /weights: attribute '" + attribute + "' holds " + std::to_string(d) +
                  ", expected at least 1");
    dims.push_back(d);
  }
  return Shape(std::move(dims));
}

/// What reads the column for a person or xarray.
std::pair<const char*, const char*> column_words(const std::string& name) {
  if (name.ends_with("accuracy")) return {"1", "share of samples predicted right"};
  if (name.ends_with("loss")) return {"1", "mean loss per sample"};
  if (name == "learning_rate") return {"1", "learning rate at the end of the epoch"};
  if (name == "seconds") return {"s", "wall-clock time of the epoch"};
  if (name == "epoch") return {"1", "epoch, from 1"};
  if (name == "step") return {"1", "batch of the run, from 1"};
  if (name == "gradient_norm") return {"1", "norm of the gradient before clipping, mean over the updates"};
  if (name == "update_ratio") return {"1", "norm of the update over that of the weights, mean over the updates"};
  return {"1", ""};
}

/// The dimension scales of one tensor, beside it: other readers look no further than its group and those above.
std::vector<std::string> weight_axes(const NamedTensor& t, h5::Writer& to) {
  static const std::vector<const char*> names[] = {
      {}, {"out"}, {"out", "in"}, {"out", "y", "x"}, {"out", "in", "y", "x"}};
  if (t.shape.rank() >= std::size(names)) return {};
  std::vector<std::string> axes;
  const std::string group = "/weights/" + t.path.substr(0, t.path.find('/') + 1);
  for (size_t i = 0; i < t.shape.rank(); ++i) {
    axes.push_back(group + names[t.shape.rank()][i]);
    to.axis(axes.back(), t.shape[i]);
  }
  return axes;
}

void write_weights(const Model& model, h5::Writer& to) {
  const Network network(model.layers, model.input);
  to.values("/weights", "input_shape", shape_values(model.input));
  if (model.raw_input.rank() > 0) to.values("/weights", "raw_input_shape", shape_values(model.raw_input));
  if (model.valid_min) to.number("/weights", valid_min_name, *model.valid_min);
  if (model.valid_max) to.number("/weights", valid_max_name, *model.valid_max);
  if (model.least) to.number("/weights", least_name, *model.least);
  if (model.greatest) to.number("/weights", greatest_name, *model.greatest);
  if (model.weights_epoch > 0) to.integer("/weights", weights_epoch_name, model.weights_epoch);
  to.text("/weights", "loss", model.loss);
  for (const NamedTensor& t : model.weights) {
    h5::DatasetOptions options;
    options.axes = weight_axes(t, to);
    to.dataset("/weights/" + t.path, h5::Array::of<float>(t.shape, std::span<const float>(t.values)), options);
  }
  const auto& nodes = network.nodes();
  for (size_t i = 0; i < nodes.size(); ++i) {
    const auto begins = [&](const NamedTensor& t) { return t.path.starts_with(nodes[i].name + "/"); };
    if (std::none_of(model.weights.begin(), model.weights.end(), begins)) continue;
    to.text("/weights/" + nodes[i].name, "type", nodes[i].type);
    to.integer("/weights/" + nodes[i].name, "word", static_cast<int64_t>(i));
  }
}

void write_history(const Model& model, h5::Writer& to) {
  h5::Columns columns = model.history;
  const auto is_epoch = [](const auto& c) { return c.first == "epoch"; };
  const auto epoch = std::find_if(columns.begin(), columns.end(), is_epoch);
  if (epoch != columns.end())
    std::rotate(columns.begin(), epoch, epoch + 1);
  else if (!columns.empty()) {
    std::vector<double> counted(columns[0].second.size());
    for (size_t i = 0; i < counted.size(); ++i) counted[i] = static_cast<double>(i + 1);
    columns.insert(columns.begin(), {"epoch", counted});
  }
  for (const auto& [name, values] : columns) {
    if (values.size() != columns[0].second.size())
      throw Error("history: column '" + name + "' has another length than 'epoch'");
    h5::DatasetOptions options;
    options.is_scale = name == "epoch";
    options.is_volatile = name == "seconds";
    if (!options.is_scale) options.axes = {"/history/epoch"};
    const std::string path = "/history/" + name;
    to.dataset(path, h5::Array::of<double>(values), options);
    const auto [units, words] = column_words(name);
    to.text(path, "units", units);
    if (*words) to.text(path, "long_name", words);
  }
  for (const auto& [name, value] : model.settings) to.text("/history", name, value);
  if (!model.data_digest.empty()) to.text("/history", data_digest_name, model.data_digest);
}

void write_steps(const Model& model, h5::Writer& to) {
  for (const auto& [name, values] : model.steps) {
    h5::DatasetOptions options;
    options.is_scale = name == "step";
    if (!options.is_scale) options.axes = {"/steps/step"};
    to.dataset("/steps/" + name, h5::Array::of<double>(values), options);
    to.text("/steps/" + name, "units", column_words(name).first);
  }
}

void write_test_metrics(const Model& model, h5::Writer& to) {
  for (const auto& [name, values] : model.test_metrics) {
    if (values.size() != 1) throw Error("test metrics: '" + name + "' must have one value");
    const std::string path = "/metrics/test/" + name;
    to.dataset(path, h5::Array::of<double>(Shape{}, values));
    to.text(path, "units", column_words(name).first);
  }
}

/// What is wrong with the text is the file's fault here, not the command line's: status 1.
Network network_of(const h5::Reader& file, const Model& model) {
  try {
    return Network(model.layers, model.input);
  } catch (const Error& e) {
    throw Error(file.name() + ": nn_layers: " + e.what());
  }
}

std::vector<NamedTensor> read_weights(const h5::Reader& file, const Network& network) {
  std::vector<NamedTensor> weights;
  for (const Param& p : network.lower().params) {
    const std::string path = "/weights/" + p.path();
    if (!file.has(path)) throw Error(file.name() + ": " + path + " is missing (shape " + p.shape.text() + ")");
    const Shape found = file.shape(path);
    if (found != p.shape)
      throw Error(file.name() + ": " + path + ": expected shape " + p.shape.text() + ", found " + found.text());
    if (file.type(path) != h5::Type::f32)
      throw Error(file.name() + ": " + path + ": expected float32, found " + h5::name_of(file.type(path)));
    const h5::Array values = file.read(path);
    const auto floats = values.as<float>();
    weights.push_back({p.path(), p.shape, {floats.begin(), floats.end()}});
  }
  return weights;
}

h5::Columns read_columns(const h5::Reader& file, const std::string& group) {
  h5::Columns columns;
  if (!file.has(group)) return columns;
  for (const std::string& name : file.children(group)) {
    const std::string path = group + "/" + name;
    const h5::Array values = file.read(path);
    if (values.shape.rank() != 1)
      throw Error(file.name() + ": " + path + ": expected one axis, found shape " + values.shape.text());
    columns.emplace_back(name, values.to_double());
    if (columns.back().second.size() != columns[0].second.size())
      throw Error(fmt::format("{}: {}: expected {} rows, found shape {}", file.name(), path, columns[0].second.size(),
                              values.shape.text()));
  }
  return columns;
}

void read_history(const h5::Reader& file, Model& model) {
  if (!file.has("/history")) return;
  model.history = read_columns(file, "/history");
  for (const std::string& name : file.attributes("/history")) {
    if (name.starts_with("nn_")) continue;
    const auto value = file.text("/history", name);
    if (!value) continue;
    if (name == data_digest_name)
      model.data_digest = *value;
    else
      model.settings.emplace_back(name, *value);
  }
}

void read_rules(const h5::Reader& file, Model& model) {
  if (!file.has("/rules")) return;
  for (const std::string& name : file.attributes("/rules"))
    if (const auto value = file.text("/rules", name); value && !name.starts_with("nn_"))
      model.rules.emplace_back(name, *value);
}

void read_test_metrics(const h5::Reader& file, Model& model) {
  if (!file.has("/metrics/test")) return;
  for (const std::string& name : file.children("/metrics/test")) {
    const std::string path = "/metrics/test/" + name;
    const std::vector<double> values = file.read(path).to_double();
    if (values.size() != 1)
      throw Error(file.name() + ": " + path + ": expected one value, found " + std::to_string(values.size()));
    model.test_metrics.emplace_back(name, values);
  }
}

}  // namespace

std::vector<std::byte> write_model(const Model& model, const h5::Provenance& provenance, bool compress,
                                   const std::function<void(h5::Writer&)>& add) {
  h5::Writer to("model", "nn-tools model", compress);
  provenance.write(to);
  to.text("/", "nn_layers", model.layers);
  if (model.samples > 0) to.integer("/", samples_name, model.samples);
  to.strings("/layers", {model.layers}, true);
  h5::write_classes(to, model.classes);
  h5::write_names(to, "feature", model.feature_names);
  h5::write_names(to, "target", model.target_names);
  write_weights(model, to);
  if (!model.prep.empty()) h5::write_prep(to, model.prep);
  write_history(model, to);
  for (const auto& [name, value] : model.rules) to.text("/rules", name, value);
  write_steps(model, to);
  write_test_metrics(model, to);
  if (model.tokenizer) write_tokenizer(*model.tokenizer, to);
  if (add) add(to);
  return to.finish();
}

Model read_model(const h5::Reader& file, bool with_optimizer) {
  Model model;
  model.layers = file.required_text("/", "nn_layers");
  model.input = read_shape(file, "input_shape");
  model.raw_input = file.values("/weights", "raw_input_shape") ? read_shape(file, "raw_input_shape") : model.input;
  model.loss = file.required_text("/weights", "loss");
  model.weights = read_weights(file, network_of(file, model));
  model.prep = h5::read_prep(file);
  model.classes = h5::read_classes(file);
  model.feature_names = h5::read_names(file, "feature");
  model.target_names = h5::read_names(file, "target");
  if (const auto samples = file.number("/", samples_name); samples && *samples >= 1 && *samples < 9e15)
    model.samples = static_cast<int64_t>(*samples);
  model.valid_min = file.number("/weights", valid_min_name);
  model.valid_max = file.number("/weights", valid_max_name);
  model.least = file.number("/weights", least_name);
  model.greatest = file.number("/weights", greatest_name);
  if (const auto epoch = file.number("/weights", weights_epoch_name); epoch && *epoch >= 1 && *epoch < 1e15)
    model.weights_epoch = static_cast<int64_t>(*epoch);
  read_history(file, model);
  read_rules(file, model);
  model.steps = read_columns(file, "/steps");
  read_test_metrics(file, model);
  if (has_tokenizer(file)) model.tokenizer = std::make_shared<const TokenizerSettings>(read_stored_tokenizer(file));
  if (with_optimizer) model.optimizer = read_optimizer_state(file, model.weights, model.settings);
  return model;
}

}  // namespace nn
