// SPDX-License-Identifier: MIT
#include "formats/models/c/c_recipe.h"

#include <fmt/format.h>

#include "base/error.h"
#include "data/prep/step.h"
#include "data/recipe.h"

namespace nn {
namespace {

bool acts(const RecipeLine& line) { return line.name != "augment" && line.name != "flatten"; }

/// Statements on one value v of channel c, in the order of the recipe.
class Statements {
 public:
  Statements(CWriter& to, const Model& model, const Shape& raw)
      : to_(to),
        model_(model),
        channels_(static_cast<size_t>(raw[0])),
        least_(static_cast<float>(model.valid_min.value_or(0))),
        range_(static_cast<float>(model.valid_max.value_or(255) - model.valid_min.value_or(0))),
        integer_(takes_bytes_in_c(model)) {}

  const std::vector<std::string>& inside() const { return inside_; }  ///< in front of the padding
  const std::vector<std::string>& all() const { return all_; }        ///< behind it
  int64_t pad() const { return pad_; }
  float background() const { return background_; }
  bool by_channel() const { return by_channel_; }

  void add(const RecipeLine& line) {
    if (line.name == "scale")
      scale(line.argument);
    else if (line.name == "normalize")
      normalize(line.argument);
    else if (line.name == "standardize")
      add(minus(values("mean", model_.prep.mean)) + over(values("std", model_.prep.std)));
    else if (line.name == "pad")
      pad_ = static_cast<int64_t>(numbers_in(line.argument, ':', 1, "pad")[0]), background_ = integer_ ? least_ : 0;
    else
      throw Error("the step '" + line.name + "' of the recipe cannot be written as C; write another format");
    integer_ = integer_ && line.name == "pad";
  }

 private:
  /// The parts of "v = (v - a) / b;".
  std::string minus(const std::string& what) const { return what == "0.0f" ? "v" : "(v - " + what + ")"; }
  std::string over(const std::string& what) const { return what == "1.0f" ? "" : " / " + what; }
  void add(const std::string& value) {
    if (value != "v") (pad_ > 0 ? all_ : inside_).push_back("v = " + value + ";");
  }
  void to_unit() { add(minus(c_float(least_)) + over(c_float(range_))); }

  void scale(const std::string& argument) {
    const std::vector<double> ends = numbers_in(argument, ':', 2, "scale");
    const auto low = static_cast<float>(ends[0]), width = static_cast<float>(ends[1] - ends[0]);
    std::string value = minus(c_float(least_)) + over(c_float(range_));
    if (width != 1) value += " * " + c_float(width);
    if (low != 0) value += " + " + c_float(low);
    add(value);
  }
  void normalize(const std::string& argument) {
    if (integer_) to_unit();
    const size_t colon = argument.find(':');
    const auto list = [&](const char* name, const std::string& text) {
      std::vector<float> numbers;
      for (const double v : numbers_in(text, ',', 0, "normalize")) numbers.push_back(static_cast<float>(v));
      return values(name, numbers);
    };
    const std::string mean = list("mean", argument.substr(0, colon));
    add(minus(mean) + over(list("std", argument.substr(colon + 1))));
  }
  /// One number, or one a channel.
  std::string values(const char* name, const std::vector<float>& numbers) {
    if (numbers.size() == 1) return c_float(numbers[0]);
    if (numbers.size() != channels_) throw Error("the recipe has other channels than the samples");
    by_channel_ = true;
    return to_.constant(std::string("recipe_") + name, numbers) + "[c]";
  }

  CWriter& to_;
  const Model& model_;
  size_t channels_;
  float least_, range_;
  bool integer_, by_channel_ = false;
  std::vector<std::string> inside_, all_;
  int64_t pad_ = 0;
  float background_ = 0;
};

std::string lines_of(const std::vector<std::string>& statements, const char* indent) {
  std::string text;
  for (const std::string& statement : statements) text += indent + statement + "\n";
  return text;
}

std::string plain(const Statements& s, const Shape& raw) {
  if (!s.by_channel())
    return fmt::format("  int i;\n  for (i = 0; i < {}; ++i) {{\n    float v = (float)raw[i];\n{}    x[i] = v;\n  }}\n",
                       raw.count(), lines_of(s.inside(), "    "));
  return fmt::format(
      "  int c, i;\n  for (c = 0; c < {}; ++c)\n    for (i = 0; i < {}; ++i) {{\n      float v = (float)*raw++;\n{}"
      "      *x++ = v;\n    }}\n",
      raw[0], raw.count() / raw[0], lines_of(s.inside(), "      "));
}

std::string padded(const Statements& s, const Shape& raw) {
  return fmt::format(
      "  int c, p, q;\n  for (c = 0; c < {0}; ++c)\n    for (p = -{3}; p < {1} + {3}; ++p)\n"
      "      for (q = -{3}; q < {2} + {3}; ++q) {{\n        float v = {4};\n"
      "        if (p >= 0 && p < {1} && q >= 0 && q < {2}) {{\n          v = (float)raw[(c * {1} + p) * {2} + q];\n"
      "{5}        }}\n{6}        *x++ = v;\n      }}\n",
      raw[0], raw[1], raw[2], s.pad(), c_float(s.background()), lines_of(s.inside(), "          "),
      lines_of(s.all(), "        "));
}

}  // namespace

Shape raw_shape(const Model& model) { return model.raw_input.rank() > 0 ? model.raw_input : model.input; }

/// Files of old versions do not tell the range of their pixels; their recipe tells that there are some.
bool takes_bytes_in_c(const Model& model) {
  if (model.valid_min && model.valid_max) return *model.valid_min >= 0 && *model.valid_max <= 255;
  for (const RecipeLine& line : recipe_lines(model.prep.recipe))
    if (line.name == "scale") return true;
  return false;
}

bool has_c_recipe(const Model& model) {
  for (const RecipeLine& line : recipe_lines(model.prep.recipe))
    if (acts(line)) return true;
  return takes_bytes_in_c(model);
}

CRecipe c_recipe(CWriter& to, const Model& model) {
  CRecipe recipe;
  recipe.bytes = takes_bytes_in_c(model);
  const Shape raw = raw_shape(model);
  Shape made = raw;
  if (!model.prep.recipe.empty())
    for (const auto& step :
         make_steps(model.prep, raw, recipe.bytes, model.valid_min.value_or(0), model.valid_max.value_or(255), false))
      made = step->output_shape();
  if (made != model.input) throw Error("the recipe gives " + made.text() + ", the layers take " + model.input.text());
  if (!has_c_recipe(model)) return recipe;
  Statements statements(to, model, raw);
  std::string text;
  for (const RecipeLine& line : recipe_lines(model.prep.recipe)) {
    if (!acts(line)) continue;
    statements.add(line);
    text += (text.empty() ? "" : "; ") + line.name + (line.argument.empty() ? "" : " " + line.argument);
  }
  recipe.function =
      fmt::format("/* A raw sample, prepared{}. */\nstatic void prepare(const {} *raw, float *x)\n{{\n{}}}\n",
                  text.empty() ? "" : ": " + c_comment(text), recipe.bytes ? "uint8_t" : "float",
                  statements.pad() > 0 ? padded(statements, raw) : plain(statements, raw));
  return recipe;
}

}  // namespace nn
