// SPDX-License-Identifier: MIT
#include "formats/models/model_of.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>

#include "base/text/names.h"
#include "base/text/one_line.h"
#include "data/recipe.h"
#include "formats/models/assign.h"
#include "formats/reading.h"
#include "h5/reading/reader.h"

namespace nn {
namespace {

Shape shape_of_text(const std::string& text) {
  std::vector<int64_t> dims;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find('x', at), text.size());
    int64_t extent = 0;
    in_context("--input " + text, [&] { parse_value(std::string_view(text).substr(at, end - at), extent); });
    if (extent < 1) throw UsageError("--input " + text + ": expected CxHxW or D, as 1x28x28");
    dims.push_back(extent);
    at = end + 1;
  }
  if (dims.size() != 1 && dims.size() != 3) throw UsageError("--input " + text + ": expected CxHxW or D, as 1x28x28");
  return Shape(std::move(dims));
}

h5::PrepRecord recipe_of(const std::string& value, const FormatOptions& options) {
  if (std::error_code ignored; std::filesystem::is_regular_file(value, ignored))
    return h5::read_prep(h5::Reader::open(value, "", options.budget));
  h5::PrepRecord prep;
  prep.recipe = value;
  std::ranges::replace(prep.recipe, ';', '\n');
  for (const RecipeLine& line : recipe_lines(prep.recipe)) {
    (void)find_in(prep_step_types(), line.name, "step of a recipe");
    if (line.name == "standardize")
      throw UsageError("--recipe: 'standardize' needs the mean and deviation of a data set; name a file that has them");
  }
  return prep;
}

bool fits_all(const std::string& layers, const LayerNames& names, const Shape& input, const ForeignModel& from) {
  try {
    const Network network(layers, input);
    const Graph graph = network.lower();
    const Assigned found = assign(from, graph, names);
    return !graph.params.empty() && std::ranges::all_of(found.missing, &Assigned::Missing::is_buffer);
  } catch (const Error&) {
    return false;
  }
}

/// Channels and numbers of features that a first layer may have.
std::vector<int64_t> second_extents(const ForeignModel& from, size_t rank, size_t axis) {
  std::vector<int64_t> found;
  for (const ForeignTensor& tensor : from.tensors)
    if (tensor.shape.rank() == rank && std::ranges::find(found, tensor.shape[axis]) == found.end() && found.size() < 64)
      found.push_back(tensor.shape[axis]);
  return found;
}

std::vector<Shape> candidate_inputs(const ForeignModel& from) {
  const bool torch = from.axes == AxisOrder::torch;
  std::vector<int64_t> channels = second_extents(from, 4, torch ? 1 : 2),
                       features = second_extents(from, 2, torch ? 1 : 0);
  std::vector<Shape> all;
  if (channels.empty()) {  // flatten behind an image, else features
    for (const int64_t d : features)
      for (const int64_t c : {1, 3})
        if (const auto side =
                static_cast<int64_t>(std::llround(std::sqrt(static_cast<double>(d) / static_cast<double>(c))));
            side > 1 && c * side * side == d)
          all.push_back({c, side, side});
    for (const int64_t d : features) all.push_back({d});
    return all;
  }
  constexpr int64_t largest = 320;
  for (const int64_t c : channels)
    if (c <= 4 || c == channels.front())
      for (int64_t side = 1; side <= largest; ++side) all.push_back({c, side, side});
  return all;
}

/// The weights in the order of the parameters; statistics that are missing as they begin.
std::vector<NamedTensor> in_order(std::vector<NamedTensor> found, const Graph& graph) {
  std::vector<NamedTensor> all;
  size_t next = 0;
  for (const Param& p : graph.params)
    if (next < found.size() && found[next].path == p.path())
      all.push_back(std::move(found[next++]));
    else
      all.push_back({p.path(), p.shape,
                     std::vector<float>(static_cast<size_t>(p.shape.count()), p.init == "ones" ? 1.0F : 0.0F)});
  return all;
}

void check_finite(const Model& model, const FormatOptions& options, const std::string& shown) {
  for (const NamedTensor& tensor : model.weights)
    for (size_t i = 0; i < tensor.values.size(); ++i)
      if (!std::isfinite(tensor.values[i])) {
        options.warning(fmt::format("{}: {} holds {} at value {}", shown, tensor.path, tensor.values[i], i));
        return;
      }
}

void say_left(const Assigned& found, const FormatOptions& options, const std::string& shown) {
  if (!found.left.empty()) options.warning(fmt::format("{}: not used: {}", shown, printable(quoted_list(found.left))));
}

[[noreturn]] void refuse(const Assigned& found, const ForeignModel& from) {
  std::vector<std::string> lacks, has;
  for (const Assigned::Missing& missing : found.missing) lacks.push_back(missing.path + " (" + missing.why + ")");
  for (const ForeignTensor& tensor : from.tensors)
    if (std::ranges::find(found.left, tensor.name) != found.left.end())
      has.push_back(printable(tensor.name) + " " + tensor.shape.text());
  constexpr size_t most = 10;
  const auto cut = [](std::vector<std::string>& list) {
    if (const size_t n = list.size(); n > most) list.resize(most), list.push_back(fmt::format("{} more", n - most));
  };
  cut(lacks), cut(has);
  throw Error(fmt::format("the layers need {}{}{}", fmt::join(lacks, ", "), has.empty() ? "" : "; left over are ",
                          fmt::join(has, ", ")));
}

}  // namespace

void ModelReading::declare(OptionSet& set) {
  set.add("layers", layers, "LAYERS|FILE|NAME",
          "layers of a model whose file holds weights only: text, a file, or the name of a network; not given: as the "
          "file says")
      .brief_help();
  set.add("input", input, "CxHxW|D",
          "shape of a sample of the model that is read; not given: as the file says, otherwise as the weights allow");
  set.add(
         "recipe", recipe, "STEPS|FILE",
         "how samples are prepared for the model that is read: steps of nn-prep between semicolons, as 'scale 0:1', or "
         "a dataset or model of ours whose recipe is taken")
      .reads_file([](const std::string& value) {
        std::error_code ignored;
        return std::filesystem::is_regular_file(value, ignored) ? std::vector{value} : std::vector<std::string>{};
      });
}

Shape guessed_input(const std::string& layers, const ForeignModel& from, const FormatOptions& options) {
  const LayerNames names = layer_names(read_layers(layers).nodes);
  std::vector<Shape> fits;
  for (const Shape& input : candidate_inputs(from)) {
    if (!fits.empty() && fits.front().rank() != input.rank()) break;
    if (!fits.empty() && fits.front()[0] != input[0]) break;
    if (fits_all(layers, names, input, from)) fits.push_back(input);
  }
  const std::string hint = "; --input CxHxW says it, as --input 3x224x224";
  if (fits.empty()) throw UsageError("no size of the input is found that fits the layers and the weights" + hint);
  const Shape &least = fits.front(), &most = fits.back();
  if (least.rank() == 3 && most[1] >= 2 * least[1]) throw UsageError("the weights fit inputs of many sizes" + hint);
  constexpr std::array<int64_t, 6> usual{28, 32, 64, 96, 128, 224};
  std::optional<Shape> chosen;
  for (const Shape& input : fits)
    if (input.rank() == 3 && std::ranges::find(usual, input[1]) != usual.end()) {
      chosen = input;
      break;
    }
  if (fits.size() == 1) chosen = least;
  if (!chosen) throw UsageError("the weights fit inputs of " + least.text() + " to " + most.text() + hint);
  options.note("the input is taken for " + chosen->text() +
               (fits.size() > 1 ? ", weights fit " + least.text() + " to " + most.text() : "") + " (--input)");
  return *chosen;
}

Model read_foreign_model(const std::string& input, ModelReader& reader, const ModelReading& reading,
                         const std::string& classes, FormatOptions options) {
  if (!classes.empty()) options.class_names = named_classes(classes, options.budget);
  if (!reading.input.empty()) options.sample = shape_of_text(reading.input);
  return model_of(reader.read(input, options), reading, options, shown_name(input));
}

Model model_of(ForeignModel from, const ModelReading& reading, const FormatOptions& options, const std::string& shown) {
  for (const std::string& note : from.notes) options.note(shown + ": " + note);
  Model model = std::move(from.known);
  model.layers = in_one_line(reading.layers.empty() ? from.layers : find_layers(reading.layers));
  if (!reading.layers.empty())
    for (ForeignTensor& tensor : from.tensors) tensor.path.clear();
  return in_context(shown, [&] {
    if (model.layers.empty())
      throw UsageError(
          "the file holds weights without an architecture; --layers gives the layers, as --layers lenet5, and "
          "--propose "
          "prints what the shapes allow");
    model.input = !reading.input.empty() ? shape_of_text(reading.input) : from.input;
    if (model.input.rank() == 0) model.input = guessed_input(model.layers, from, options);
    const Network network(model.layers, model.input);
    const Graph graph = network.lower();
    Assigned found = assign(from, graph, layer_names(network.nodes()));
    if (!std::ranges::all_of(found.missing, &Assigned::Missing::is_buffer)) refuse(found, from);
    if (!found.missing.empty())
      options.warning(shown + ": it has no running statistics of batch norm: taken as mean 0 and variance 1");
    model.optimizer = assigned_optimizer(from, found, graph);
    model.weights = in_order(std::move(found.weights), graph);
    say_left(found, options, shown);
    if (found.how == "by order and shape" && options.log)
      options.note(shown + ": tensors are matched to layers by their order and shapes");
    if (!options.class_names.empty()) model.classes = options.class_names;
    if (!reading.recipe.empty()) model.prep = recipe_of(reading.recipe, options), model.raw_input = Shape{};
    if (model.raw_input.rank() == 0) model.raw_input = model.input;
    check_finite(model, options, shown);
    return std::move(model);
  });
}

}  // namespace nn
