// SPDX-License-Identifier: MIT
#include "train/engine/fine_tune.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/options.h"
#include "base/text/first_bytes.h"
#include "data/recipe.h"
#include "formats/models/assign.h"
#include "formats/models/model_of.h"
#include "formats/reading.h"
#include "h5/image.h"
#include "layers/initializer.h"
#include "losses/loss.h"
#include "model/layers_file.h"
#include "model/network.h"
#include "train/engine/named_axes.h"
#include "train/engine/pixel_range.h"
#include "train/engine/use.h"
#include "train/options/run_parts.h"
#include "train/run/trainer.h"

namespace nn {
namespace {

const NamedTensor* find(const std::vector<NamedTensor>& tensors, const std::string& path) {
  const auto found = std::find_if(tensors.begin(), tensors.end(), [&](const NamedTensor& t) { return t.path == path; });
  return found == tensors.end() ? nullptr : &*found;
}

std::string path_and_shape(const std::string& path, const Shape& shape) { return path + " " + shape.text(); }

[[noreturn]] void refuse(const Model& from, const Graph& graph) {
  std::vector<std::string> theirs, ours;
  for (const NamedTensor& t : from.weights) theirs.push_back(path_and_shape(t.path, t.shape));
  for (const Param& p : graph.params) ours.push_back(path_and_shape(p.path(), p.shape));
  throw Error(fmt::format(
      "none of its weights fits the network by name and shape: it has {}; the network has {} (name= in the layers "
      "gives a layer the name it has there)",
      fmt::join(theirs, ", "), fmt::join(ours, ", ")));
}

std::vector<RecipeLine> without_augmentation(const std::string& recipe) {
  std::vector<RecipeLine> lines = recipe_lines(recipe);
  std::erase_if(lines, [](const RecipeLine& line) { return line.name == "augment"; });
  return lines;
}

std::string shown(const std::vector<RecipeLine>& lines) {
  std::string text;
  for (const RecipeLine& line : lines)
    text += (text.empty() ? "" : "; ") + line.name + (line.argument.empty() ? "" : " " + line.argument);
  return text.empty() ? "none" : "'" + printable(text) + "'";
}

}  // namespace

bool init_is_model(const std::string& init, bool goes_on) {
  if (init.empty()) return false;
  if (init.ends_with(".h5") || init.ends_with(".hdf5")) return true;
  const std::string name = init.substr(0, init.find_first_of(",:"));
  for (const InitializerType* type : initializer_types())
    if (name == type->name) return false;
  std::error_code failure;
  return goes_on || std::filesystem::exists(init, failure);
}

void check_init(const std::string& init, bool goes_on) {
  if (init.empty() || init_is_model(init, goes_on)) return;
  const std::vector<std::string> known = names_of(initializer_types());
  const std::string name = init.substr(0, init.find_first_of(",:"));
  if (std::find(known.begin(), known.end(), name) == known.end())
    throw UsageError(fmt::format("--init: {}; no file has that name either", unknown_name("initializer", name, known)));
  in_context("--init", [&] { make_initializer(init); });
}

bool layers_are_of_model(const std::string& model) {
  if (model.ends_with(".h5") || model.ends_with(".hdf5")) return true;
  if (model.empty() || layers_file(model) != model) return false;
  const std::vector<std::byte> start = first_bytes(model);
  const ModelFormat* format = model_format_of(start, model);
  return h5::has_signature(start) || (format && format->reader);
}

StartModel read_start_model(const std::string& file, const Log& log, const Budget& budget,
                            const std::function<Model()>& ours) {
  FormatOptions options;
  options.log = &log;
  options.budget = budget;
  const ModelFormat* format = model_input_format(file, "", options);
  if (!format || !format->reader) return ours();
  ForeignModel foreign = format->reader()->read(file, options);
  StartModel start;
  if (foreign.optimizer) start.no_optimizer = foreign.optimizer->why_not;
  if (!foreign.layers.empty()) {
    static_cast<Model&>(start) = model_of(std::move(foreign), {}, options, printable(file));
    return start;
  }
  for (const std::string& note : foreign.notes) log.note(printable(file) + ": " + note);
  start.foreign = std::make_shared<const ForeignModel>(std::move(foreign));
  return start;
}

Model matched_to(const StartModel& start, const Network& network, const Graph& graph) {
  Model model = start;
  if (!start.foreign) return model;
  Assigned found = assign(*start.foreign, graph, layer_names(network.nodes()));
  model.optimizer = assigned_optimizer(*start.foreign, found, graph);
  model.weights = std::move(found.weights);
  std::ranges::move(found.others, std::back_inserter(model.weights));
  for (const std::string& name : found.left) model.weights.push_back({name, {}, {}});
  return model;
}

void take_piped_layers(TrainOptions& options) {
  std::error_code ignored;
  if (!options.model.empty() && std::filesystem::is_fifo(options.model, ignored) && !layers_are_of_model(options.model))
    options.model = find_layers(options.model);
}

std::unique_ptr<const StartModel> read_start(TrainOptions& options,
                                             const std::function<StartModel(const std::string&)>& read) {
  if (const std::string layers = layers_with_use(options.model); !layers.empty()) {
    auto used = std::make_shared<Model>();
    options.model = with_used_models(layers, rules_of(options), read, *used);
    options.tokenizer = used->tokenizer;
    options.used = std::move(used);
  } else if (const std::string file = options.model; layers_are_of_model(file)) {
    const StartModel model = read(file);
    options.model = model.layers;
    options.tokenizer = model.tokenizer;
    if (options.model.empty())
      throw UsageError("--model " + printable(file) +
                       ": it holds weights and no layers; name the layers, as --model lenet5");
  }
  if (!init_is_model(options.init)) return nullptr;
  auto start = std::make_unique<const StartModel>(read(options.init));
  options.init_from = start.get();
  if (start->tokenizer) options.tokenizer = start->tokenizer;
  if (options.model.empty() && start->layers.empty())
    throw UsageError("--init " + printable(options.init) +
                     ": it holds weights and no layers; name the layers, as --model lenet5");
  if (options.model.empty()) options.model = start->layers;
  return start;
}

EndNames end_names(bool labels, const std::vector<std::string>& classes, const std::vector<std::string>& targets,
                   const std::vector<std::string>& features) {
  return {labels || targets.empty() ? classes : targets, features};
}

namespace {

NamedAxes axes_by_name(const Model& from, const Graph& graph, const EndNames& now) {
  const bool labels = make_loss(from.loss)->target_kind() == TargetKind::labels;
  return {graph, end_names(labels, from.classes, from.target_names, from.feature_names), now};
}

}  // namespace

Taken take_weights(const Model& from, Memory& memory, const EndNames& now, const std::vector<std::string>& anew) {
  const Graph& graph = memory.graph();
  const NamedAxes axes = axes_by_name(from, graph, now);
  Taken result;
  for (size_t id = 0; id < graph.params.size(); ++id) {
    const Param& param = graph.params[id];
    const NamedTensor* tensor = find(from.weights, param.path());
    if (std::ranges::find(anew, param.layer) != anew.end()) {
      result.left.push_back({param.path(), "as --init-except says"});
      continue;
    }
    if (!tensor) {
      result.left.push_back({param.path(), "the model has none of that name"});
      continue;
    }
    const NamedAxes::Places places = axes.places(static_cast<ParamId>(id), tensor->shape);
    if (!places.why_not.empty()) {
      result.left.push_back({param.path(), places.why_not});
      continue;
    }
    std::vector<double> values(static_cast<size_t>(param.shape.count()));
    memory.read(Part::weights, static_cast<ParamId>(id), values);
    places.copy(tensor->values, values);
    memory.write(Part::weights, static_cast<ParamId>(id), values);
    result.taken.push_back(param.path());
  }
  for (const NamedTensor& tensor : from.weights) {
    const bool known =
        std::any_of(graph.params.begin(), graph.params.end(), [&](const Param& p) { return p.path() == tensor.path; });
    if (!known) result.unused.push_back(tensor.path);
  }
  if (result.taken.empty()) refuse(from, graph);
  result.sentences = axes.sentences();
  return result;
}

int64_t take_optimizer(const Model& from, const Optimizer& optimizer, const Taken& taken, Memory& memory,
                       const EndNames& now) {
  if (!from.optimizer)
    throw UsageError("--init-optimizer: the model of --init has no optimizer's state; a checkpoint has one");
  const std::vector<std::string> slots = optimizer.slots();
  std::vector<std::string> theirs;
  for (const auto& [name, tensors] : from.optimizer->slots) theirs.push_back(name);
  if (!std::ranges::is_permutation(slots, theirs) || !optimizer.scalars().empty())
    throw UsageError(
        fmt::format("--init-optimizer: the model of --init was trained by {}, which keeps other values than "
                    "this --optimizer",
                    printable(from.optimizer->optimizer)));
  const Graph& graph = memory.graph();
  const NamedAxes axes = axes_by_name(from, graph, now);
  for (size_t slot = 0; slot < slots.size(); ++slot)
    for (size_t id = 0; id < graph.params.size(); ++id) {
      const Param& param = graph.params[id];
      const NamedTensor* tensor = find(from.optimizer->slots.at(slots[slot]), param.path());
      if (!tensor || !param.trainable || std::ranges::find(taken.taken, param.path()) == taken.taken.end()) continue;
      std::vector<double> values(static_cast<size_t>(param.shape.count()));
      const auto place = static_cast<int>(slot);
      memory.read(Part::slot, static_cast<ParamId>(id), values, place);
      axes.places(static_cast<ParamId>(id), tensor->shape).copy(tensor->values, values);
      memory.write(Part::slot, static_cast<ParamId>(id), values, place);
    }
  return from.optimizer->steps;
}

void say_taken(const Taken& taken, const std::string& name, const Log& log) {
  log.info(fmt::format("init: {} of {} tensors taken from {}: {}", taken.taken.size(),
                       taken.taken.size() + taken.left.size(), printable(name), fmt::join(taken.taken, " ")));
  for (const Taken::Left& left : taken.left)
    log.info(fmt::format("init: {} keeps its initial values: {}", left.path, left.why));
  for (const std::string& sentence : taken.sentences) log.info("init: " + sentence);
  if (!taken.unused.empty()) log.info(printable(fmt::format("init: not used: {}", fmt::join(taken.unused, " "))));
}

void warn_of_other_recipe(const Model& from, const Dataset& data, const std::string& name, const Log& log) {
  const std::vector<RecipeLine> theirs = without_augmentation(from.prep.recipe),
                                ours = without_augmentation(data.prep.recipe);
  if (shown(theirs) != shown(ours))
    log.warning(fmt::format("{} was trained on samples of the recipe {}, these have {}: its weights expect the first",
                            printable(name), shown(theirs), shown(ours)));
  else if (from.prep.mean != data.prep.mean || from.prep.std != data.prep.std)
    log.warning(
        fmt::format("{} was trained on samples standardized by another mean and deviation: its weights expect those",
                    printable(name)));
  if (const std::string text = other_range(from, data); !text.empty()) log.warning(printable(name) + ": " + text);
  const bool features =
      !data.splits.empty() && !data.has_tokens() && data.sample_shape().rank() == 1 && from.raw_input.rank() == 1;
  if (features && from.feature_names.empty() != data.feature_names.empty())
    log.note(fmt::format("{} names {}features, the dataset {}: they are matched by number", printable(name),
                         from.feature_names.empty() ? "no " : "", from.feature_names.empty() ? "does" : "does not"));
}

}  // namespace nn
