// SPDX-License-Identifier: MIT
#include "train/engine/ensemble.h"

#include <fmt/format.h>

#include <algorithm>

#include "results/mean_outputs.h"
#include "train/engine/output_kind.h"
#include "train/engine/task.h"

namespace nn {
namespace {

const char* name_of(OutputKind kind) {
  switch (kind) {
    case OutputKind::softmax:
      return "logits of classes";
    case OutputKind::logistic:
      return "logits of classes, each by itself";
    case OutputKind::independent:
      return "a yes or no each";
    case OutputKind::largest:
      return "scores of classes";
    case OutputKind::none:
      break;
  }
  return "numbers";
}

OutputKind kind_of(const Task& task) { return output_kind_of(task.graph, task.classes); }

/// Where each of the names stands among the others; empty when they are in the same order, or either has none.
std::vector<size_t> order_of(const Ensemble::Member& first, const Ensemble::Member& other) {
  const std::vector<std::string> wanted = output_names(first.model), found = output_names(other.model);
  if (wanted.empty() || found.empty() || wanted == found) return {};
  std::vector<size_t> order;
  for (const std::string& name : wanted) {
    const auto at = std::find(found.begin(), found.end(), name);
    if (at == found.end() || found.size() != wanted.size())
      throw Error(fmt::format("{} and {} cannot be averaged: {} is among the outputs of the first alone",
                              printable(first.name), printable(other.name), printable(name)));
    order.push_back(static_cast<size_t>(at - found.begin()));
  }
  return order;
}

bool same(const Model& a, const Model& b) {
  return a.layers == b.layers && std::equal(a.weights.begin(), a.weights.end(), b.weights.begin(), b.weights.end(),
                                            [](const NamedTensor& x, const NamedTensor& y) {
                                              return x.values == y.values && x.shape == y.shape;
                                            });
}

/// What the outputs are compared with, as a dataset whose features are these outputs.
Dataset dataset_of(const Model& model, const Split& split, std::vector<float> outputs, int64_t width) {
  Dataset data;
  data.classes = model.classes, data.target_names = model.target_names;
  Split only;
  only.name = split.name;
  only.set("features", h5::Array::of<float>({static_cast<int64_t>(outputs.size()) / width, width}, outputs));
  for (const char* answers : {"labels", "targets"})
    if (const Column* column = split.column(answers)) only.set(*column);
  data.splits.push_back(std::move(only));
  return data;
}

}  // namespace

Ensemble::Ensemble(std::vector<Member> members) : members_(std::move(members)) {
  order_.resize(members_.size());
  if (members_.size() == 1) return;
  const Member& first = members_.front();
  const Task task = model_task(first.model);
  for (size_t m = 1; m < members_.size(); ++m) {
    const Member& other = members_[m];
    const Task its = model_task(other.model);
    if (kind_of(its) != kind_of(task) || its.outputs() != task.outputs())
      throw Error(
          fmt::format("{} and {} cannot be averaged: the outputs of the first are {} ({}), of the second {} ({})",
                      printable(first.name), printable(other.name), task.outputs(), name_of(kind_of(task)),
                      its.outputs(), name_of(kind_of(its))));
    std::vector<size_t> order = order_of(first, other);
    if (!order.empty() && static_cast<int64_t>(order.size()) != task.outputs()) {
      // One output that tells two classes apart cannot be put into another order, only turned round.
      throw Error(fmt::format("{} and {} cannot be averaged: their one output stands for other classes",
                              printable(first.name), printable(other.name)));
    }
    order_[m] = std::move(order);
    for (size_t before = 0; before < m; ++before)
      if (same(members_[before].model, other.model))
        throw Error(fmt::format("{} and {} are the same network: its voice would count twice",
                                printable(members_[before].name), printable(other.name)));
  }
}

std::string Ensemble::name() const {
  if (members_.size() == 1) return members_.front().name;
  std::string all;
  for (const Member& member : members_) all += (all.empty() ? "ensemble of " : ", ") + member.name;
  return all;
}

TrainingRecord Ensemble::training() const {
  std::vector<TrainingRecord> records;
  for (const Member& member : members_) records.push_back(member.training);
  return records.size() == 1 ? records[0] : common_record(records);
}

SharedData Ensemble::align(const Dataset& data, const std::string& data_name, const Log& log, Answers answers) const {
  SharedData shared{data_name, {}};
  const Member& first = members_.front();
  for (const Member& member : members_) {
    const std::string both = member.name + " and " + data_name;
    shared.views.push_back(in_context(both, [&] { return nn::align(member.model, data, answers); }));
    say(shared.views.back(), log, both);
    if (answers == Answers::compared && member.model.loss != first.model.loss)
      log.note(fmt::format("{} was trained with the loss {}; the loss of the mean is that of {}: {}",
                           printable(member.name), member.model.loss, printable(first.name), first.model.loss));
  }
  return shared;
}

std::vector<float> Ensemble::outputs(const SharedData& data, const std::string& split, std::span<const int64_t> rows,
                                     Backend& backend, const EvaluateOptions& options) const {
  const Task task = model_task(members_.front().model);
  const auto width = static_cast<size_t>(task.outputs());
  options.budget.ask_product({rows.size(), width, MeanOutputs::bytes_per_value},
                             fmt::format("the mean of {} outputs for {} samples", width, rows.size()));
  MeanOutputs mean(kind_of(task), rows.size(), width);
  for (size_t m = 0; m < members_.size(); ++m) {
    std::vector<float> found = in_context(members_[m].name + " on " + data.name, [&] {
      return outputs_of(members_[m].model, data.views[m].data(), split, rows, backend, options);
    });
    const std::vector<size_t>& order = order_[m];
    std::vector<float> sorted(order.size());
    for (size_t row = 0; !order.empty() && row < rows.size(); ++row) {
      const std::span<float> mine = std::span(found).subspan(row * width, width);
      for (size_t i = 0; i < width; ++i) sorted[i] = mine[order[i]];
      std::copy(sorted.begin(), sorted.end(), mine.begin());
    }
    mean.add(found);
  }
  return mean.mean();
}

Predictions Ensemble::predict(const SharedData& data, const std::string& split, std::span<const int64_t> rows,
                              Backend& backend, const EvaluateOptions& options) const {
  const Member& first = members_.front();
  const Dataset& seen = data.views.front().data();
  const std::string context = first.name + " on " + data.name;
  if (members_.size() == 1)
    return in_context(context, [&] { return nn::predict(first.model, seen, split, rows, backend, options); });
  const Task task = model_task(first.model);
  std::vector<int64_t> all;
  Predictions p = in_context(context, [&] {
    all = rows_or_all(seen.at(split), rows);
    return begin_predictions(task, seen.at(split), all, options);
  });
  finish_predictions(p, outputs(data, split, all, backend, options), kind_of(task));
  return p;
}

Metrics Ensemble::evaluate(const SharedData& data, const std::string& split, Backend& backend,
                           const EvaluateOptions& options) const {
  const Model& first = members_.front().model;
  const Dataset& seen = data.views.front().data();
  const std::string context = name() + " on " + data.name;
  if (members_.size() == 1)
    return in_context(context, [&] { return nn::evaluate(first, seen, split, backend, options); });
  const Task task = model_task(first);
  const Split& samples = seen.at(split);
  in_context(context, [&] { check_split(task, samples); });
  // The mean is measured as a network without weights whose inputs are the means.
  Model same;
  same.layers = "flatten", same.loss = first.loss;
  same.input = same.raw_input = Shape{task.outputs()};
  same.classes = first.classes, same.target_names = first.target_names;
  const Dataset means =
      dataset_of(first, samples, outputs(data, split, rows_or_all(samples, {}), backend, options), task.outputs());
  EvaluateOptions silent = options;
  silent.progress = {};
  return in_context(context, [&] { return nn::evaluate(same, means, split, backend, silent); });
}

}  // namespace nn
