// SPDX-License-Identifier: MIT
#include "train/evaluator.h"

#include <fmt/format.h>

#include <cmath>
#include <numeric>
#include <sstream>

#include "train/metrics.h"
#include "train/sweep.h"
#include "train/task.h"

namespace nn {
namespace {

/// The recipe without its augmenting lines, which play no part outside training.
std::string without_augmentation(const std::string& recipe) {
  std::istringstream lines(recipe);
  std::string kept, line;
  while (std::getline(lines, line))
    if (!line.starts_with("augment")) kept += (kept.empty() ? "" : "; ") + line;
  return kept;
}

void check_samples(const Model& model, const Dataset& data) {
  if (data.sample_shape() == model.raw_input) return;
  throw Error(fmt::format("the model takes samples of {}, the dataset has {}", model.raw_input.text(), data.sample_shape().text()));
}

/// Metrics are kept by class of the model; without labels there are none to check.
void check_outputs(const Predictions& p, size_t row, std::span<const float> outputs) {
  for (float v : outputs)
    if (!std::isfinite(v))
      throw Error(fmt::format("the outputs for sample {} are not numbers: the weights of the model are damaged or diverged", p.sample[row]));
}

}  // namespace

Metrics evaluate(const Model& model, const Dataset& data, const std::string& split_name, Backend& backend, int64_t batch, int k) {
  check_samples(model, data);
  const Task task = model_task(model);
  const Split& split = data.at(split_name);
  check_split(task, split);
  if (k < 1) throw UsageError(fmt::format("--top: expected 1 or more, found {}", k));
  const std::unique_ptr<Memory> memory = backend.allocate(task.graph, 0);
  put_weights(model.weights, *memory);
  const int64_t judged = judged_classes(task.graph, task.classes);
  const bool labelled = judged > 0 && !split.labels.empty();

  Batches batches(split, model.prep, data.valid_min, data.valid_max, false);
  Sweep::Settings settings;
  settings.batch = batch;
  Sweep sweep(task.graph, *memory, backend, batches, split.size(), settings);
  Tally tally(decision_of(task.graph, task.classes), judged, k);
  std::vector<int64_t> rows(static_cast<size_t>(split.size()));
  std::iota(rows.begin(), rows.end(), int64_t{0});
  for (int64_t step = 0; step < sweep.steps(); ++step) {
    Plan& plan = sweep.load(rows, step);
    plan.forward(nullptr);
    const std::span<const int64_t> mine = sweep.rows_of(rows, step);
    std::span<const int32_t> labels;
    if (labelled) labels = std::span(split.labels).subspan(static_cast<size_t>(mine[0]), mine.size());
    tally.add(plan.output(), labels, plan.sample_loss());
  }
  Metrics metrics = tally.metrics(split_name);
  if (std::isnan(metrics.loss))
    throw Error(fmt::format("the loss on split {} is not a number: the weights of the model are damaged or diverged", split_name));
  return metrics;
}

Predictions predict(const Model& model, const Dataset& data, const std::string& split_name, std::span<const int64_t> rows,
                    Backend& backend, int64_t batch) {
  check_samples(model, data);
  const Task task = model_task(model);
  const Split& split = data.at(split_name);
  Predictions p;
  std::vector<int64_t> all;
  if (rows.empty()) {
    all.resize(static_cast<size_t>(split.size()));
    std::iota(all.begin(), all.end(), int64_t{0});
    rows = all;
  }
  if (rows.empty()) throw Error("split " + split_name + " has no samples");
  for (int64_t row : rows) {
    if (row < 0 || row >= split.size())
      throw Error(fmt::format("row {} is out of range: split {} has {} rows", row, split_name, split.size()));
    p.sample.push_back(split.sample.empty() ? row : split.sample[static_cast<size_t>(row)]);
    if (!split.labels.empty()) p.labels.push_back(split.labels[static_cast<size_t>(row)]);
  }
  const Graph graph = task.network->lower();  // no loss, hence no labels
  const std::unique_ptr<Memory> memory = backend.allocate(graph, 0);
  put_weights(model.weights, *memory);
  const Decision decision = decision_of(task.graph, task.classes);
  p.classes = task.outputs();
  p.probability.resize(rows.size() * static_cast<size_t>(p.classes));

  Batches batches(split, model.prep, data.valid_min, data.valid_max, false);
  Sweep::Settings settings;
  settings.batch = batch;
  Sweep sweep(graph, *memory, backend, batches, static_cast<int64_t>(rows.size()), settings);
  const size_t width = static_cast<size_t>(p.classes);
  size_t done = 0;
  for (int64_t step = 0; step < sweep.steps(); ++step) {
    Plan& plan = sweep.load(rows, step);
    plan.forward(nullptr);
    const std::span<const float> outputs = plan.output();
    for (size_t i = 0; i < outputs.size() / width; ++i, ++done) {
      const std::span<const float> mine = outputs.subspan(i * width, width);
      check_outputs(p, done, mine);
      probabilities(mine, decision, std::span(p.probability).subspan(done * width, width));
      if (decision != Decision::none) p.predicted.push_back(decide(mine, decision));
    }
  }
  return p;
}

std::vector<std::string> disagreements(const Model& model, const Dataset& data) {
  std::vector<std::string> found;
  const auto shown = [](const std::string& text) { return text.empty() ? std::string("none") : "'" + text + "'"; };
  const std::string mine = without_augmentation(model.prep.recipe), theirs = without_augmentation(data.prep.recipe);
  if (!theirs.empty() && theirs != mine)
    found.push_back("the dataset's recipe " + shown(theirs) + " differs from the model's " + shown(mine) + ", which is applied");
  else if (!theirs.empty() && (model.prep.mean != data.prep.mean || model.prep.std != data.prep.std))
    found.push_back("the dataset's recipe " + shown(theirs) + " has another mean or deviation than the model's, which is applied");
  if (!model.classes.empty() && !data.classes.empty() && model.classes != data.classes)
    found.push_back("the dataset's class names differ from the model's; labels are compared by number");
  return found;
}

}  // namespace nn
