// SPDX-License-Identifier: MIT
#include "train/trainer.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>

#include "data/batches.h"
#include "model/summary.h"
#include "train/session.h"

namespace nn {
namespace {

double now_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// The split measured each epoch; empty for none. "val", the default, may be absent.
std::string validation_split(const TrainOptions& options, const Dataset& data, const Log& log) {
  if (options.validation == "none" || options.validation.empty()) return "";
  if (options.validation == "val" && !data.find("val")) return "";
  data.at(options.validation);
  if (options.validation == "train")
    throw UsageError("--validation train: the training split is measured anyway; expected val, test or none");
  if (options.validation == "test")
    log.warning("--validation test: curves on the test split are for looking at; a model or an epoch chosen by them has "
                "an accuracy that flatters it (nn-prep --split val=10% makes a split for choosing)");
  return options.validation;
}

void warn_of_raw_pixels(const Dataset& data, const Log& log) {
  if (!is_unscaled(data.prep, data.at("train"))) return;
  log.warning(fmt::format("pixels reach the network as {:g} to {:g}; it learns better from 0 to 1: put nn-prep --scale 0:1 "
                          "in front (nn-prep --scale 0:1 DATA | nn-train ...)", data.valid_min, data.valid_max));
}

/// Name and value of every option that decides the result, as resolved. The layers have a place of their own.
std::vector<std::pair<std::string, std::string>> settings_of(TrainOptions options) {
  OptionSet set;
  options.declare(set);
  std::vector<std::pair<std::string, std::string>> settings;
  for (const Option& option : set.all())
    if (option.recorded && option.name != "model" && option.get) settings.emplace_back(option.name, option.get());
  return settings;
}

EpochRow epoch_row(int64_t epoch, const TrainOptions& options, const Session& session, const Running& running,
                   const std::optional<Metrics>& validation, double seconds) {
  EpochRow row{epoch, options.epochs, {}};
  row.columns.push_back({"epoch", {static_cast<double>(epoch)}});
  row.columns.push_back({"loss", {running.loss()}});
  if (session.has_accuracy()) row.columns.push_back({"accuracy", {running.accuracy()}});
  if (validation) {
    row.columns.push_back({"val_loss", {validation->loss}});
    if (validation->has_labels) row.columns.push_back({"val_accuracy", {validation->accuracy}});
  }
  row.columns.push_back({"learning_rate", {session.last_rate()}});
  row.columns.push_back({"seconds", {seconds}});
  return row;
}

void append(h5::Columns& history, const EpochRow& row) {
  if (history.empty())
    history = row.columns;
  else
    for (size_t c = 0; c < history.size(); ++c) history[c].second.push_back(row.columns[c].second[0]);
}

h5::Columns run_epochs(Session& session, const TrainOptions& options, const std::string& validation, const Progress& progress) {
  h5::Columns history;
  const int64_t n = session.steps_per_epoch();
  for (int64_t epoch = 0; epoch < options.epochs; ++epoch) {
    const double begin = now_seconds();
    Running running;
    session.begin_epoch();
    for (int64_t step = 0; step < n; ++step) {
      session.step(epoch, step, running);
      if (progress.stop && progress.stop()) throw Error("interrupted");
      if (progress.step)
        progress.step(epoch + 1, options.epochs, step + 1, n, running.loss(), session.has_accuracy() ? running.accuracy() : NAN,
                      static_cast<double>(running.samples) / (now_seconds() - begin));
    }
    std::optional<Metrics> measured;
    if (!validation.empty()) measured = session.measure(validation);
    const EpochRow row = epoch_row(epoch + 1, options, session, running, measured, now_seconds() - begin);
    append(history, row);
    if (progress.epoch) progress.epoch(row);
  }
  return history;
}

h5::Columns metrics_columns(const Metrics& m) {
  h5::Columns columns{{"n", {static_cast<double>(m.n)}}, {"loss", {m.loss}}};
  if (m.has_labels) {
    columns.push_back({"accuracy", {m.accuracy}});
    columns.push_back({fmt::format("top_{}", m.k), {m.top_k}});
  }
  return columns;
}

}  // namespace

Model train(const TrainOptions& options, const Dataset& data, Backend& backend, const Log& log, const Progress& progress) {
  const Task task = training_task(options, data);
  const std::string validation = validation_split(options, data, log);
  if (!validation.empty()) check_split(task, data.at(validation));
  if (options.test) check_split(task, data.at("test"));
  warn_of_raw_pixels(data, log);

  Session session(task, options, data, backend);
  Model model;
  model.history = run_epochs(session, options, validation, progress);
  if (options.test) model.test_metrics = metrics_columns(session.measure("test"));
  model.layers = task.network->text();
  model.input = task.network->input();
  model.raw_input = data.sample_shape();
  model.loss = task.loss;
  model.weights = weights_of(session.memory());
  model.prep = data.prep;
  model.classes = data.classes;
  model.data_digest = data.digest;
  TrainOptions resolved = options;
  resolved.loss = task.loss;
  resolved.rate = session.base_rate();
  resolved.validation = validation.empty() ? "none" : validation;
  model.settings = settings_of(resolved);
  return model;
}

TrainPlan dry_run(const TrainOptions& options, const Dataset& data, Backend& backend, const Log& log) {
  const Task task = training_task(options, data);
  const std::string validation = validation_split(options, data, log);
  if (!validation.empty()) check_split(task, data.at(validation));
  warn_of_raw_pixels(data, log);
  TrainOptions measured = options;
  measured.epochs = std::max<int64_t>(options.epochs, 1);
  Session session(task, measured, data, backend);

  TrainPlan plan;
  plan.summary = summary_text(summarise(*task.network));
  const int64_t steps = session.steps_per_epoch();
  Running running;
  session.begin_epoch();
  session.step(0, 0, running);  // the first step pays for what later ones find ready
  const double begin = now_seconds();
  int64_t done = 0;
  while (1 + done < steps && done < 200 && (done < 3 || now_seconds() - begin < 0.5)) session.step(0, 1 + done++, running);
  if (done) {
    plan.seconds_per_epoch = (now_seconds() - begin) / static_cast<double>(done) * static_cast<double>(steps);
  } else {
    const double again = now_seconds();
    session.step(0, 0, running);
    plan.seconds_per_epoch = now_seconds() - again;
  }
  if (!validation.empty()) {
    const double start = now_seconds();
    session.measure(validation);
    plan.seconds_per_epoch += now_seconds() - start;
  }
  plan.bytes = session.bytes();
  for (const Split& split : data.splits)
    plan.bytes += split.x.bytes.size() + split.labels.size() * sizeof(int32_t) + split.targets.bytes.size() +
                  split.sample.size() * sizeof(int64_t);
  return plan;
}

}  // namespace nn
