// SPDX-License-Identifier: MIT
#include "train/engine/task.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/text/number.h"
#include "data/batches.h"
#include "layers/initializer.h"
#include "train/engine/align.h"
#include "train/engine/class_weights.h"
#include "train/engine/fine_tune.h"
#include "train/engine/freeze.h"
#include "train/options/run_parts.h"

namespace nn {
namespace {

/// "layers: line 3, column 7: 'dense:10'": where a user finds the last layer.
std::string place_of(const Network::Node& node) {
  return fmt::format("layers: line {}, column {}: '{}'", node.word.line, node.word.column, node.text);
}

void refuse_double_activation(const Network& network, const OpParams& loss) {
  if (network.nodes().empty()) return;
  const Network::Node& last = network.nodes().back();
  if (last.type == "softmax" && std::holds_alternative<SoftmaxLoss>(loss))
    throw UsageError(place_of(last) +
                     ": softmax before the loss cross_entropy, which applies it itself; remove the last "
                     "'softmax' (nn-predict gives probabilities all the same)");
  if (last.type == "sigmoid" && std::holds_alternative<BceLoss>(loss))
    throw UsageError(place_of(last) +
                     ": sigmoid before the loss bce, which applies it itself; remove the last 'sigmoid'");
}

/// target_values: of one sample, for losses of targets; 0 when unknown.
void lower_with_loss(Task& task, int64_t target_values) {
  task.graph = task.network->lower();
  const Configured<Loss> loss = make_loss(task.loss);
  task.kind = loss->target_kind();
  const auto append = [&] {
    append_loss(task.graph, *loss, task.kind == TargetKind::labels ? task.classes : target_values);
  };
  if (task.network->nodes().empty())
    append();
  else
    in_context(place_of(task.network->nodes().back()), append);
  refuse_double_activation(*task.network, task.graph.ops.back().what);
}

/// --init replaces the initialiser of weights (not of biases or norms) of every layer that names none itself.
void apply_init(const std::string& text, const FrameworkRules& like, const Network& network, Graph& graph) {
  if (text.empty()) return;
  const std::string init = spelled_initializer(text, like.name);  // a wrong name is said before anything else happens
  for (Param& param : graph.params) {
    if (!param.trainable || param.name != "weight" || param.shape.rank() < 2) continue;
    const auto node = std::find_if(network.nodes().begin(), network.nodes().end(),
                                   [&](const Network::Node& n) { return n.name == param.layer; });
    bool own = false;
    if (node != network.nodes().end())
      for (const auto& [key, value] : parse_spec(node->text, ':').named) own = own || key == "init";
    if (!own) param.init = init;
  }
}

void apply_loss_options(const TrainOptions& options, const Dataset& data, Task& task) {
  if (options.class_weight.empty() && options.label_smoothing == 0) return;
  auto* softmax = std::get_if<SoftmaxLoss>(&task.graph.ops.back().what);
  if (!softmax)
    throw UsageError("--class-weight and --label-smoothing need --loss cross_entropy, the loss is " + task.loss);
  if (!options.class_weight.empty())
    softmax->class_weights = class_weights(options.class_weight, data.at("train"), data.classes, task.classes);
  if (options.label_smoothing != 0) {
    if (!(options.label_smoothing > 0 && options.label_smoothing < 1))
      throw UsageError("--label-smoothing: expected 0 <= X < 1, found " + value_text(options.label_smoothing));
    softmax->label_smoothing = options.label_smoothing;
    if (task.loss.find("label-smoothing") != std::string::npos)
      throw UsageError("--label-smoothing: --loss says it already");
    task.loss += ",label-smoothing=" + value_text(options.label_smoothing);
  }
}

int64_t classes_in(const Dataset& data) {
  int64_t classes = data.class_count();
  if (classes == 0)
    for (const Split& split : data.splits)
      for (int32_t label : split.labels()) classes = std::max(classes, int64_t{label} + 1);
  return classes;
}

/// A network that begins with tokens is for texts, and no other is.
void check_kind(const std::string& layers, const FrameworkRules& rules, const Dataset& data) {
  const auto nodes = read_layers(layers, rules).nodes;
  const bool for_texts = takes_tokens(nodes);
  if (for_texts && !data.has_tokens())
    throw Error(place_of(nodes.front()) + ": the network takes the tokens of texts, and the data has samples of " +
                data.input_shape().text());
  if (!for_texts && data.has_tokens())
    throw Error("the samples are tokens of texts: a network for them begins with 'tokens:" +
                value_text(data.input_shape()[0]) + " embed:WIDTH,vocabulary=V'");
}

/// "1 output", "3 outputs"
std::string counted(int64_t n, const char* what) { return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s"); }

/// What makes targets of the labels that a loss of targets cannot use.
std::string targets_of_labels(const Task& task) {
  if (task.outputs() == 1 && parse_spec(task.loss, ',').name == "bce")
    return "for one output of 0 or 1, convert the table with nn-convert --target COLUMN, which keeps the column as "
           "numbers; or use --loss cross_entropy and 'dense:2'";
  return fmt::format(
      "nn-prep --one-hot makes {} targets of the labels, for {} outputs; nn-convert --target COLUMN keeps a column as "
      "numbers",
      task.classes, task.classes);
}

}  // namespace

Task training_task(const TrainOptions& options, const Dataset& data) {
  const Split& split = data.at("train");
  Task task;
  task.loss = options.loss;
  const bool labels = !split.labels().empty(), targets = split.targets().shape.rank() > 0;
  if (task.loss.empty()) {
    if (!labels && !targets)
      throw Error("the training split has neither labels nor targets: there is nothing to learn from it");
    task.loss = labels ? "cross_entropy" : "mse";
  }
  const FrameworkRules rules = rules_of(options);
  task.loss = canonical_loss(task.loss, rules);
  task.classes = classes_in(data);
  const std::string layers = find_layers(options.model);
  check_kind(layers, rules, data);
  task.network = std::make_unique<Network>(layers, prepared_shape(data.prep, data.input_shape()), rules);
  lower_with_loss(task, targets && split.size() > 0 ? split.targets().shape.count() / split.size() : 0);
  check_split(task, split);
  if (!options.init_from && !init_is_model(options.init, options.goes_on))
    apply_init(options.init, rules, *task.network, task.graph);
  task.frozen = freeze_layers(options.freeze, *task.network, task.graph, rules.frozen_rests);
  // Labels beside targets of their own say nothing about the outputs.
  if (task.kind == TargetKind::targets && (!data.target_names.empty() || task.outputs() != task.classes))
    task.classes = 0;
  apply_loss_options(options, data, task);
  return task;
}

Task model_task(const Model& model) {
  Task task;
  task.network = std::make_unique<Network>(model.layers, model.input);
  task.loss = model.loss;
  task.classes = classes_of_outputs(model, task.network->output().count());
  lower_with_loss(task, static_cast<int64_t>(model.target_names.size()));
  return task;
}

void check_tokens(const Network& network, const Graph& graph, const Split& split, std::span<const int64_t> rows) {
  if (!network.takes_tokens()) return;
  const Column* tokens = split.column("tokens");
  if (!tokens) throw Error(fmt::format("split {}: the network takes tokens, and it has none", split.name));
  int64_t vocabulary = std::numeric_limits<int64_t>::max();
  for (const Op& op : graph.ops)
    if (const Embed* embed = std::get_if<Embed>(&op.what)) vocabulary = std::min(vocabulary, embed->vocabulary);
  const int64_t most = graph.value(graph.input()).most;
  const auto ids = tokens->values.as<int32_t>();
  const auto check = [&](int64_t row) {
    const std::string place = fmt::format("split {}: row {}", split.name, row);
    const int64_t first = tokens->start[static_cast<size_t>(row)], count = tokens->length(row);
    if (count == 0) throw Error(place + " has no tokens");
    if (count > most)
      throw Error(fmt::format("{} has {} tokens: the network takes {} at most (tokens:{})", place, count, most, most));
    for (int64_t i = 0; i < count; ++i)
      if (const int32_t id = ids[static_cast<size_t>(first + i)]; id < 0 || id >= vocabulary)
        throw Error(
            fmt::format("{}: token {} is {}, outside of the vocabulary, 0 to {}", place, i, id, vocabulary - 1));
  };
  if (rows.empty())
    for (int64_t row = 0; row < split.size(); ++row) check(row);
  for (const int64_t row : rows)
    if (row >= 0 && row < split.size()) check(row);
}

void check_split(const Task& task, const Split& split) {
  const std::string name = "split " + split.name;
  if (split.size() == 0) throw Error(name + " has no samples");
  check_tokens(*task.network, task.graph, split);
  if (task.kind == TargetKind::labels) {
    if (split.labels().empty()) throw Error(name + " has no labels, which the loss " + task.loss + " needs");
    const int64_t outputs = task.outputs();
    for (size_t i = 0; const int32_t label : split.labels()) {
      if (label < 0 || label >= outputs)
        throw Error(fmt::format("{}: label {} of row {} is out of range: the network knows the classes 0 to {}", name,
                                label, i, outputs - 1));
      ++i;
    }
    return;
  }
  if (split.targets().shape.rank() == 0)
    throw Error(name + " has no targets, which the loss " + task.loss + " needs" +
                (split.labels().empty() ? "" : "; " + targets_of_labels(task)));
  const int64_t found = split.targets().shape.count() / split.size();
  if (found != task.outputs())
    throw Error(fmt::format("{}: each sample has {}, but the network has {}", name, counted(found, "target"),
                            counted(task.outputs(), "output")));
}

}  // namespace nn
