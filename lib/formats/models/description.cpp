// SPDX-License-Identifier: MIT
#include "formats/models/description.h"

#include "base/error.h"
#include "base/text/json.h"

namespace nn {
namespace {

template <class List>
Json array_of(const List& list) {
  Json array = Json::array();
  for (const auto& item : list) array.push_back(Json(item));
  return array;
}

Json floats(const std::vector<float>& values) {
  Json array = Json::array();
  for (const float value : values) array.push_back(Json(static_cast<double>(value)));
  return array;
}

Json pair_of(const std::optional<double>& low, const std::optional<double>& high) {
  Json pair = Json::array();
  pair.push_back(Json(low.value_or(0))), pair.push_back(Json(high.value_or(0)));
  return pair;
}

Shape shape_in(const Json& json) {
  std::vector<int64_t> dims;
  for (const Json& d : json.items()) {
    dims.push_back(d.integer());
    if (dims.back() < 1) throw Error("a shape with an extent of " + std::to_string(dims.back()));
  }
  Shape shape(std::move(dims));
  (void)shape.count();
  return shape;
}

std::vector<std::string> texts_in(const Json& json) {
  std::vector<std::string> texts;
  for (const Json& text : json.items()) texts.push_back(text.string());
  return texts;
}

std::vector<float> floats_in(const Json& json) {
  std::vector<float> values;
  for (const Json& value : json.items()) values.push_back(static_cast<float>(value.number()));
  return values;
}

void take_pair(const Json* json, std::optional<double>& low, std::optional<double>& high) {
  if (!json) return;
  if (json->items().size() != 2) throw Error("expected a pair of numbers");
  low = json->items()[0].number(), high = json->items()[1].number();
}

}  // namespace

std::string description_of(const Model& model) {
  Json json = Json::object();
  json["layers"] = Json(model.layers);
  json["input"] = array_of(model.input);
  json["loss"] = Json(model.loss);
  if (!model.classes.empty()) json["classes"] = array_of(model.classes);
  if (!model.feature_names.empty()) json["features"] = array_of(model.feature_names);
  if (!model.target_names.empty()) json["targets"] = array_of(model.target_names);
  if (!model.prep.empty()) json["recipe"] = Json(model.prep.recipe);
  if (!model.prep.mean.empty()) json["mean"] = floats(model.prep.mean);
  if (!model.prep.std.empty()) json["std"] = floats(model.prep.std);
  if (model.raw_input.rank() > 0 && model.raw_input != model.input) json["raw_input"] = array_of(model.raw_input);
  if (model.valid_min && model.valid_max) json["range"] = pair_of(model.valid_min, model.valid_max);
  if (model.least && model.greatest) json["values"] = pair_of(model.least, model.greatest);
  return json.dump();
}

void take_description(const std::string& text, ForeignModel& model) {
  in_context("the description nn_model", [&] {
    const Json json = Json::parse(text);
    model.layers = json.at("layers").string();
    model.input = shape_in(json.at("input"));
    model.known.loss = json.at("loss").string();
    if (const Json* names = json.find("classes")) model.known.classes = texts_in(*names);
    if (const Json* names = json.find("features")) model.known.feature_names = texts_in(*names);
    if (const Json* names = json.find("targets")) model.known.target_names = texts_in(*names);
    if (const Json* recipe = json.find("recipe")) model.known.prep.recipe = recipe->string();
    if (const Json* mean = json.find("mean")) model.known.prep.mean = floats_in(*mean);
    if (const Json* std = json.find("std")) model.known.prep.std = floats_in(*std);
    if (const Json* raw = json.find("raw_input")) model.known.raw_input = shape_in(*raw);
    take_pair(json.find("range"), model.known.valid_min, model.known.valid_max);
    take_pair(json.find("values"), model.known.least, model.known.greatest);
  });
}

}  // namespace nn
