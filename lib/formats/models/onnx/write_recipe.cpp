// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "base/error.h"
#include "data/prep/step.h"
#include "data/recipe.h"
#include "formats/models/onnx/onnx_write.h"

namespace nn {
namespace {

/// Where the samples stand on their way through the recipe.
struct Prepared {
  GraphWriter& to;
  const Model& model;
  std::string x;
  Shape shape;
  bool integer_pixels;

  double least() const { return model.valid_min.value_or(0); }
  double range() const { return model.valid_max.value_or(255) - least(); }
  /// A value a channel, broadcast over height and width.
  std::string by_channel(const std::string& name, std::vector<float> values) {
    std::vector<int64_t> dims{static_cast<int64_t>(values.size())};
    if (shape.rank() == 3) dims.insert(dims.end(), {1, 1});
    return to.floats("recipe/" + name, dims, values);
  }
  void to_unit() {
    if (least() != 0) x = to.node("Sub", {x, to.number(least())});
    x = to.node("Div", {x, to.number(range())});
    integer_pixels = false;
  }
  void scale(const std::string& argument) {
    const std::vector<double> ends = numbers_in(argument, ':', 2, "scale");
    to_unit();
    if (ends[1] - ends[0] != 1) x = to.node("Mul", {x, to.number(ends[1] - ends[0])});
    if (ends[0] != 0) x = to.node("Add", {x, to.number(ends[0])});
  }
  void normalize(const std::string& argument) {
    if (integer_pixels) to_unit();
    const size_t colon = argument.find(':');
    const auto list = [&](const std::string& text) {
      std::vector<float> values;
      for (const double v : numbers_in(text, ',', 0, "normalize")) values.push_back(static_cast<float>(v));
      return values;
    };
    x = to.node("Sub", {x, by_channel("mean", list(argument.substr(0, colon)))});
    x = to.node("Div", {x, by_channel("std", list(argument.substr(colon + 1)))});
  }
  void standardize() {
    x = to.node("Sub", {x, by_channel("standard_mean", model.prep.mean)});
    x = to.node("Div", {x, by_channel("standard_std", model.prep.std)});
  }
  void pad(const std::string& argument) {
    const auto n = static_cast<int64_t>(numbers_in(argument, ':', 1, "pad")[0]);
    x = to.node("Pad", {x, to.integers({0, 0, n, n, 0, 0, n, n}), to.number(integer_pixels ? least() : 0)});
    shape = {shape[0], shape[1] + 2 * n, shape[2] + 2 * n};
  }
  void flatten() {
    x = to.node("Flatten", {x});
    shape = {shape.count()};
  }
};

}  // namespace

bool takes_bytes(const Model& model) {
  return model.valid_min && model.valid_max && *model.valid_min >= 0 && *model.valid_max <= 255;
}

std::string write_recipe(GraphWriter& to, const Model& model, const std::string& raw) {
  to.at_layer("recipe");
  const Shape shape = model.raw_input.rank() > 0 ? model.raw_input : model.input;
  Prepared at{to, model, raw, shape, takes_bytes(model)};
  if (at.integer_pixels) {
    at.x = to.node("Cast", {raw});
    to.with("to", int64_t{onnx::TensorProto::FLOAT});
  }
  for (const RecipeLine& line : recipe_lines(model.prep.recipe)) {
    if (line.name == "scale")
      at.scale(line.argument);
    else if (line.name == "normalize")
      at.normalize(line.argument);
    else if (line.name == "standardize")
      at.standardize();
    else if (line.name == "pad")
      at.pad(line.argument);
    else if (line.name == "flatten")
      at.flatten();
    else if (line.name != "augment")
      throw Error("the step '" + line.name + "' of the recipe has no nodes in ONNX: leave out --with-prep");
  }
  if (at.shape != model.input)
    throw Error("the recipe gives " + at.shape.text() + ", the layers take " + model.input.text());
  return at.x;
}

}  // namespace nn
