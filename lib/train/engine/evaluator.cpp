// SPDX-License-Identifier: MIT
#include "train/engine/evaluator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "results/accumulator.h"
#include "results/metrics.h"
#include "results/outputs.h"
#include "results/predictions.h"
#include "train/engine/batch_runner.h"
#include "train/engine/output_kind.h"
#include "train/engine/task.h"

namespace nn {
namespace {

void check_batch(const EvaluateOptions& options) {
  if (options.batch < 1) throw UsageError(fmt::format("--batch: expected 1 or more, found {}", options.batch));
}

void check_outputs(int64_t row, std::span<const float> outputs) {
  for (float v : outputs)
    if (!std::isfinite(v))
      throw Error(
          fmt::format("the outputs for row {} are not numbers: the weights of the model are damaged or diverged", row));
}

/// A row beyond the network's classes would have no place in results of its classes.
void check_labels(const Split& split, int64_t classes) {
  for (size_t i = 0; const int32_t label : split.labels()) {
    if (label < 0 || label >= classes)
      throw Error(fmt::format("split {}: label {} of row {} is out of range: the network knows the classes 0 to {}",
                              split.name, label, i, classes - 1));
    ++i;
  }
}

/// What of the split is kept while it runs.
MetricAccumulator::Keep keep_for(const Task& task, const Split& split, int64_t classes, OutputKind kind,
                                 const EvaluateOptions& options) {
  MetricAccumulator::Keep keep;
  keep.classes = true;
  keep.confusion = classes > 0 && (options.confusion || classes < EvaluateOptions::most_confused);
  if (classes == 0 && split.targets().shape.rank() == 2 && task.kind == TargetKind::targets)
    keep.targets = task.outputs();
  keep.scores = options.scores && (classes > 0 || kind == OutputKind::independent) &&
                task.outputs() < EvaluateOptions::most_confused;
  const auto count = static_cast<uint64_t>(classes);
  if (keep.confusion)
    options.budget.ask_product({count, count, sizeof(int64_t) * 2},
                               fmt::format("the confusion matrix of {} classes", classes));
  if (keep.scores)
    options.budget.ask_product(
        {static_cast<uint64_t>(split.size()), static_cast<uint64_t>(task.outputs()), sizeof(float) * 2},
        "the area under the ROC curve (--brief leaves it out)");
  return keep;
}

}  // namespace

Metrics evaluate(const Model& model, const Dataset& given, const std::string& split_name, Backend& backend,
                 const EvaluateOptions& options) {
  check_batch(options);
  if (options.k < 1) throw UsageError(fmt::format("--top: expected 1 or more, found {}", options.k));
  const Aligned aligned = align(model, given);
  const Dataset& data = aligned.data();
  const Task task = model_task(model);
  const Split& split = data.at(split_name);
  check_split(task, split);
  const int64_t classes = classes_of_outputs(task.graph, task.classes);
  if (classes == 0 && options.confusion) throw UsageError("--confusion: the outputs of the model are not classes");
  if (classes == 0 && options.k != EvaluateOptions{}.k)
    throw UsageError("--top: the outputs of the model are not classes");
  const bool labelled = classes > 0 && !split.labels().empty();
  if (labelled) check_labels(split, classes);
  const std::unique_ptr<Memory> memory = backend.allocate(task.graph, 0);
  put_weights(model.weights, *memory);

  Batches batches(split, model.prep, data.valid_min, data.valid_max, false);
  BatchRunner::Settings settings;
  settings.batch = options.batch;
  settings.rows = rows_of_thread * backend.team().size();
  BatchRunner runner(task.graph, *memory, backend, batches, split.size(), settings);
  const OutputKind kind = output_kind_of(task.graph, task.classes);
  const MetricAccumulator::Keep keep = keep_for(task, split, classes, kind, options);
  MetricAccumulator accumulator(kind, classes, options.k, keep);
  std::vector<int64_t> rows(static_cast<size_t>(split.size()));
  std::iota(rows.begin(), rows.end(), int64_t{0});
  const auto wanted = static_cast<size_t>(keep.targets);
  std::span<const float> all_targets;
  if (wanted > 0) all_targets = split.targets().as<float>();
  for (int64_t step = 0; step < runner.steps(); ++step) {
    Plan& plan = runner.load(rows, step);
    plan.forward(nullptr);
    const std::span<const int64_t> mine = runner.rows_of(rows, step);
    const auto first = static_cast<size_t>(mine[0]);
    std::span<const int32_t> labels;
    std::span<const float> targets;
    if (labelled) labels = split.labels().subspan(first, mine.size());
    if (wanted > 0) targets = all_targets.subspan(first * wanted, mine.size() * wanted);
    accumulator.add(plan.output(), labels, plan.sample_loss(), targets);
    if (options.progress) options.progress(static_cast<int64_t>(first + mine.size()), split.size());
  }
  Metrics metrics = accumulator.metrics(split_name);
  if (std::isnan(metrics.loss))
    throw Error(fmt::format("the loss on split {} is not a number: the weights of the model are damaged or diverged",
                            split_name));
  return metrics;
}

std::vector<int64_t> rows_or_all(const Split& split, std::span<const int64_t> rows) {
  std::vector<int64_t> all(rows.begin(), rows.end());
  if (all.empty()) {
    all.resize(static_cast<size_t>(split.size()));
    std::iota(all.begin(), all.end(), int64_t{0});
  }
  if (all.empty()) throw Error("split " + split.name + " has no samples");
  return all;
}

Predictions begin_predictions(const Task& task, const Split& split, std::span<const int64_t> rows,
                              const EvaluateOptions& options) {
  Predictions p;
  p.split = split.name;
  p.classes = task.outputs();
  p.independent = output_kind_of(task.graph, task.classes) == OutputKind::independent;
  const int64_t classes = classes_of_outputs(task.graph, task.classes);
  const auto width = static_cast<size_t>(p.classes);
  const std::span<const int32_t> labels = split.labels();
  const h5::Array& y = split.targets();
  const bool targets = classes == 0 && y.shape.rank() == 2 && y.shape[1] == p.classes;
  if (classes > 0) check_labels(split, classes);
  options.budget.ask_product({rows.size(), width, sizeof(float) * (targets ? 2 : 1)},
                             fmt::format("predictions of {} outputs for {} samples", width, rows.size()));
  for (const int64_t row : rows) {
    if (row < 0 || row >= split.size())
      throw Error(fmt::format("row {} is out of range: split {} has {} rows", row, split.name, split.size()));
    const auto r = static_cast<size_t>(row);
    p.sample.push_back(row);
    if (classes > 0 && !labels.empty()) p.labels.push_back(labels[r]);
    if (!targets) continue;
    const auto values = y.as<float>().subspan(r * width, width);
    p.targets.insert(p.targets.end(), values.begin(), values.end());
  }
  return p;
}

std::vector<float> outputs_of(const Model& model, const Dataset& data, const std::string& split_name,
                              std::span<const int64_t> rows, Backend& backend, const EvaluateOptions& options) {
  check_batch(options);
  const Split& split = data.at(split_name);
  const Network network(model.layers, model.input);
  const Graph graph = network.lower();  // no loss, hence no labels
  check_tokens(network, graph, split, rows);
  const std::unique_ptr<Memory> memory = backend.allocate(graph, 0);
  put_weights(model.weights, *memory);
  const auto width = static_cast<size_t>(graph.value(graph.output()).shape.count());
  std::vector<float> all(rows.size() * width);

  Batches batches(split, model.prep, data.valid_min, data.valid_max, false);
  BatchRunner::Settings settings;
  settings.batch = options.batch;
  settings.rows = rows_of_thread * backend.team().size();
  BatchRunner runner(graph, *memory, backend, batches, static_cast<int64_t>(rows.size()), settings);
  size_t done = 0;
  for (int64_t step = 0; step < runner.steps(); ++step) {
    Plan& plan = runner.load(rows, step);
    plan.forward(nullptr);
    const std::span<const float> outputs = plan.output();
    for (size_t first = 0; first < outputs.size(); first += width, ++done) {
      const std::span<const float> mine = outputs.subspan(first, width);
      check_outputs(rows[done], mine);
      std::copy(mine.begin(), mine.end(), all.begin() + static_cast<ptrdiff_t>(done * width));
    }
    if (options.progress) options.progress(static_cast<int64_t>(done), static_cast<int64_t>(rows.size()));
  }
  return all;
}

void finish_predictions(Predictions& p, std::vector<float> outputs, OutputKind kind) {
  const bool exclusive = kind != OutputKind::none && kind != OutputKind::independent;
  const auto width = static_cast<size_t>(p.classes);
  p.probability = std::move(outputs);
  for (size_t first = 0; first < p.probability.size(); first += width) {
    const std::span<float> mine = std::span(p.probability).subspan(first, width);
    if (exclusive) p.predicted.push_back(decide(mine, kind));
    probabilities(mine, kind, mine);
  }
}

Predictions predict(const Model& model, const Dataset& given, const std::string& split_name,
                    std::span<const int64_t> rows, Backend& backend, const EvaluateOptions& options) {
  check_batch(options);
  const Aligned aligned = align(model, given);
  const Task task = model_task(model);
  const Split& split = aligned.data().at(split_name);
  const std::vector<int64_t> all = rows_or_all(split, rows);
  Predictions p = begin_predictions(task, split, all, options);
  finish_predictions(p, outputs_of(model, aligned.data(), split_name, all, backend, options),
                     output_kind_of(task.graph, task.classes));
  return p;
}

std::vector<std::string> output_names(const Model& model) {
  return classes_of_outputs(model, Network(model.layers, model.input).output().count()) > 0 ? model.classes
                                                                                            : model.target_names;
}

}  // namespace nn
