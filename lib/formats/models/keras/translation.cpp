// SPDX-License-Identifier: MIT
#include "formats/models/keras/translation.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "base/log.h"
#include "model/network.h"

namespace nn {
namespace {

/// May stand in the name of a layer here.
bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

}  // namespace

int Translation::input(const KerasLayer& layer) {
  const std::vector<int> all = inputs(layer);
  if (all.size() != 1) throw Error("expected one input, found " + std::to_string(all.size()));
  return all[0];
}

std::vector<int> Translation::inputs(const KerasLayer& layer) {
  std::vector<int> all;
  for (const std::string& name : layer.inputs) {
    if (padded_.contains(name)) throw Error("zeros are added in front of it, which only convolutions take");
    const auto found = outputs_.find(name);
    if (found == outputs_.end()) throw Error("its input '" + printable(name) + "' does not come before it");
    all.push_back(found->second);
  }
  return all;
}

Padding Translation::padded_input(const KerasLayer& layer, int& of) {
  const auto padded = layer.inputs.size() == 1 ? padded_.find(layer.inputs[0]) : padded_.end();
  if (padded == padded_.end()) return of = input(layer), Padding{};
  of = padded->second.first;
  return padded->second.second;
}

int Translation::word(const std::string& kind, const std::vector<std::string>& arguments, int of) {
  const auto text = [&](const std::vector<std::string>& all) {
    return all.empty() ? kind : fmt::format("{}:{}", kind, fmt::join(all, ","));
  };
  std::vector<std::string> all = arguments;
  if (of != static_cast<int>(words_.size()) - 1) all.push_back("from=" + name(of));
  const int number = ++counts_[kind];
  std::string name = own_name(kind);
  if (name.empty())
    name = kind + std::to_string(number);
  else
    all.push_back("name=" + name);
  words_.push_back({kind, name, text(all), text(arguments), {of}, {}});
  return static_cast<int>(words_.size()) - 1;
}

std::string Translation::own_name(const std::string& kind) {
  if (front_.empty()) return "";
  constexpr size_t most = 60;  // of the 64 that a name may have
  const auto cut = [](const std::string& name) {
    const std::string end = name.size() > most ? name.substr(name.size() - most) : name;
    return end.substr(std::min(end.find_first_not_of('.'), end.size() - 1));
  };
  std::string name = cut(front_);
  if (names_.contains(name)) name = cut(front_ + "_" + kind);
  const std::string first = name;
  for (int i = 2; names_.contains(name); ++i) name = first + "_" + std::to_string(i);
  names_.insert(name);
  return name;
}

int Translation::joint(const std::string& kind, const std::vector<int>& inputs) {
  std::vector<std::string> names;
  for (size_t i = 1; i < inputs.size(); ++i) names.push_back(name(inputs[i]));
  const int out = word(kind, names, inputs.at(0));
  words_.back().inputs = inputs;
  return out;
}

void Translation::weight(const KerasLayer& layer, size_t array, const std::string& role) {
  if (array >= layer.arrays.size()) throw Error("array " + std::to_string(array) + " of its weights is missing");
  made_.tensors.push_back(layer.arrays[array]);
  made_.tensors.back().path = words_.back().name + "/" + role;
  const Json* trainable = layer.config.find("trainable");
  fixed_[words_.back().name] = trainable && !trainable->is_null() && !trainable->boolean();
}

void Translation::constant(const std::string& role, int64_t count, float value) {
  made_.tensors.push_back({words_.back().name + "/" + role, Shape{count}, Element::f32,
                           std::vector<float>(static_cast<size_t>(count), value), words_.back().name + "/" + role});
}

void Translation::fixed(const std::string& role, std::vector<float> values, Shape shape) {
  const std::string path = words_.back().name + "/" + role;
  if (shape.rank() == 0) shape = Shape{static_cast<int64_t>(values.size())};
  made_.tensors.push_back({path, shape, Element::f32, std::move(values), path});
  fixed_[words_.back().name] = true;
}

std::string Translation::text() const {
  std::string all;
  for (const Word& word : words_) all += (all.empty() ? "" : " ") + word.text;
  return all;
}

Shape Translation::shape_of(const Word& word) const {
  const auto input = [&](int i) { return i == sample ? made_.input : *words_[static_cast<size_t>(i)].shape; };
  Shape first = input(word.inputs.at(0));
  if (word.kind == "concat") {
    for (size_t i = 1; i < word.inputs.size(); ++i)
      first[first.rank() == 2 ? 1 : 0] += input(word.inputs[i])[first.rank() == 2 ? 1 : 0];
    return first;
  }
  if (word.inputs.size() > 1) return first;
  return Network(word.alone, first).output();
}

Shape Translation::shape(int output) const {
  if (made_.input.rank() == 0) throw Error("the shape of the input is not told, which it needs");
  if (output == sample) return made_.input;
  for (size_t i = 0; i <= static_cast<size_t>(output); ++i)
    if (!words_[i].shape) words_[i].shape = shape_of(words_[i]);
  return *words_[static_cast<size_t>(output)].shape;
}

void Translation::take_input() {
  Shape shape = model_.input;
  for (const KerasLayer& layer : model_.layers) {
    if (const Json* format = layer.config.find("data_format"); format && format->is_string())
      channels_first_ = channels_first_ || format->string() == "channels_first";
    for (const char* key : {"batch_shape", "batch_input_shape"})
      if (const Json* told = layer.config.find(key); told && told->is_array() && layer.inputs.empty()) {
        std::vector<int64_t> dims;
        for (const Json& d : told->items()) dims.push_back(d.is_null() ? 0 : d.integer());
        shape = Shape(std::move(dims));
      }
  }
  if (shape.rank() < 2 ||
      std::ranges::any_of(shape.dims().begin() + 1, shape.dims().end(), [](int64_t d) { return d < 1; }))
    return;
  std::vector<int64_t> dims(shape.dims().begin() + 1, shape.dims().end());
  if (dims.size() == 3 && !channels_first_) std::rotate(dims.begin(), dims.begin() + 2, dims.end());
  made_.input = Shape(std::move(dims));
}

void Translation::translate(const KerasLayer& layer) {
  in_context("layer '" + printable(layer.name) + "' (" + printable(layer.type) + ")", [&] {
    if (layer.type == "InputLayer") {
      if (!layer.inputs.empty()) throw Error("it has an input");
      for (const auto& output : outputs_)
        if (output.second == sample) throw Error("a second input of the model, which is not supported");
      outputs_[layer.name] = sample;
      return;
    }
    if (outputs_.empty() && layer.inputs.empty() && words_.empty()) outputs_[layer.name + " input"] = sample;
    const TranslateLayer function = translation_of(layer.type);
    if (!function) throw Error("this class has no counterpart here");
    front_.clear();
    if (full_names_ && !layer.models.empty())
      for (const char c : layer.name) front_ += c == '/' ? '.' : is_plain(c) ? c : '_';
    KerasLayer first = layer;
    if (first.inputs.empty()) first.inputs = {layer.name + " input"};
    outputs_[layer.name] = function(*this, first);
  });
}

/// A softmax or sigmoid at the end belongs to the loss here.
void Translation::take_end() {
  constexpr std::pair<const char*, const char*> losses[] = {{"categorical_crossentropy", "cross_entropy"},
                                                            {"sparse_categorical_crossentropy", "cross_entropy"},
                                                            {"binary_crossentropy", "bce"},
                                                            {"mean_squared_error", "mse"},
                                                            {"mse", "mse"}};
  std::string loss;
  for (const auto& [theirs, ours] : losses)
    if (model_.loss == theirs) loss = ours;
  const std::string last = words_.empty() ? "" : words_.back().kind;
  if (loss.empty()) loss = last == "sigmoid" ? "bce" : "cross_entropy";
  const bool part_of_loss = (last == "softmax" && loss == "cross_entropy") || (last == "sigmoid" && loss == "bce");
  const bool is_next = !words_.empty() && words_.back().inputs[0] == static_cast<int>(words_.size()) - 2;
  if (part_of_loss && words_.size() > 1 && words_.back().alone == last && is_next) words_.pop_back();
  made_.known.loss = loss;
}

/// Says how nn-train keeps what Keras does not train, unless that is everything.
void Translation::note_fixed() {
  std::map<std::string, bool> of_model;  // whether all words of a model that is a layer are fixed
  const auto model_of = [](const std::string& name) { return name.substr(0, name.find('.')); };
  bool all = true, statistics = false;
  for (const auto& [name, is_fixed] : fixed_) {
    bool& whole = of_model.try_emplace(model_of(name), true).first->second;
    whole = whole && is_fixed, all = all && is_fixed;
  }
  std::vector<std::string> patterns;
  for (const Word& word : words_) {
    const auto found = fixed_.find(word.name);
    if (found == fixed_.end() || !found->second) continue;
    statistics = statistics || word.kind == "bn";
    const std::string model = model_of(word.name);
    const std::string pattern = of_model[model] && model != word.name ? model + ".*" : word.name;
    if (std::ranges::find(patterns, pattern) == patterns.end()) patterns.push_back(pattern);
  }
  if (patterns.empty() || all) return;
  constexpr size_t most = 12;
  if (patterns.size() > most)
    return note(fmt::format("training in Keras does not change {} and {} layers more (nn-train --freeze)", patterns[0],
                            patterns.size() - 1));
  note(fmt::format("training in Keras does not change {0}; nn-train --freeze '{0}'{1} keeps it, too",
                   fmt::join(patterns, ","), statistics ? " --frozen-statistics rest" : ""));
}

void Translation::run() {
  take_input();
  std::set<std::string> needed{model_.output};
  for (auto layer = model_.layers.rbegin(); layer != model_.layers.rend(); ++layer)
    if (needed.contains(layer->name)) needed.insert(layer->inputs.begin(), layer->inputs.end());
  for (const KerasLayer& layer : model_.layers)
    if (needed.contains(layer.name))
      translate(layer);
    else
      note("layer '" + printable(layer.name) + "' does not lead to the output and is left out");
  const auto output = outputs_.find(model_.output);
  if (output == outputs_.end() || output->second != static_cast<int>(words_.size()) - 1 || words_.empty())
    throw Error("its output '" + printable(model_.output) + "' is not its last layer");
  take_end();
  note_fixed();
  made_.layers = text();
}

ForeignModel translated(const KerasModel& model) {
  const auto made = [&](bool full_names) {
    ForeignModel made;
    made.axes = AxisOrder::keras;
    Translation(model, made, full_names).run();
    return made;
  };
  constexpr size_t longest = 60'000;  // that the layer language reads
  ForeignModel with_names = made(true);
  return with_names.layers.size() <= longest ? std::move(with_names) : made(false);
}

}  // namespace nn
