// SPDX-License-Identifier: MIT
#include "train/run/training_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text/duration.h"
#include "base/text/number.h"
#include "base/text/split.h"
#include "h5/writing/outfile.h"
#include "train/engine/pixel_range.h"
#include "train/options/compatibility.h"
#include "train/options/rules.h"
#include "train/run/resume.h"
#include "train/run/run_checks.h"

namespace nn {
TrainingRun::TrainingRun(const TrainOptions& options, const Dataset& data, Backend& backend, const Log& log,
                         const Progress& progress)
    : options_(options),
      data_(data),
      float_range_(values_of_float_images(data)),
      backend_(backend),
      log_(log),
      progress_(progress),
      task_(training_task(options, data)),
      validation_(validation_split(options, data, log)),
      parts_(options),
      callbacks_(taken_callbacks(parts_)),
      engine_(task_, options, parts_, data, backend,
              std::any_of(callbacks_.begin(), callbacks_.end(),
                          [](const Named& c) { return c.callback->looks_at_gradients(); })),
      rules_(rules_record(options, parts_)),
      clock_(options.time_limit.empty()
                 ? 0
                 : in_context("--time-limit", [&] { return parse_duration(options.time_limit); }),
             progress.seconds),
      steps_(options.history_every, engine_.answers(data.at("train")), options.tracks("gradient-norm"),
             options.tracks("update-ratio"), engine_.rules().loss_of_batches) {
  epoch_sums_.answers = engine_.answers(data.at("train"));
  if (!validation_.empty()) check_split(task_, data.at(validation_));
  if (options.test) check_split(task_, data.at("test"));
  warn_of_raw_pixels(data, log);
  note_wide_targets(data, task_.loss, log);
  check_exact(options, backend);
  say_precision(options, backend, log);
  for (const std::string& line : compatibility(options, parts_, *task_.network, data.at("train").size()))
    log.warning(line);
  if (options.init_from) {
    say_taken(engine_.taken(), options.init, log);
    if (!options.init_from->foreign) warn_of_other_recipe(*options.init_from, data, options.init, log);
  }
  const RunInfo ahead = outlook();
  for (const Named& c : callbacks_) in_context("--" + c.name, [&] { c.callback->expect(ahead); });
  if (!options.checkpoint.empty()) {
    file_.emplace(options.checkpoint);
    in_context("--checkpoint", [&] { file_->expect(ahead); });
  } else if (!options.time_limit.empty()) {
    throw UsageError("--time-limit needs --checkpoint FILE: without one the work would be lost");
  }
}

std::vector<TrainingRun::Named> TrainingRun::taken_callbacks(RunParts& parts) {
  std::vector<Named> taken;
  for (Configured<Callback>& callback : parts.callbacks) taken.push_back({callback.name, std::move(callback.made)});
  return taken;
}

std::vector<std::string> TrainingRun::columns() const {
  std::vector<std::string> names{"loss"};
  if (engine_.has_accuracy()) names.push_back("accuracy");
  if (!validation_.empty()) {
    names.push_back("val_loss");
    if (engine_.has_accuracy() && engine_.answers(data_.at(validation_)) > 0) names.push_back("val_accuracy");
  }
  names.push_back("learning_rate");
  if (options_.tracks("gradient-norm")) names.push_back("gradient_norm");
  if (options_.tracks("update-ratio")) names.push_back("update_ratio");
  return names;
}

RunInfo TrainingRun::outlook() const {
  RunInfo ahead;
  ahead.metrics = columns();
  ahead.epochs = options_.epochs;
  for (const Param& p : task_.graph.params) ahead.weights += static_cast<size_t>(p.shape.count());
  ahead.constant_rate = options_.schedule == "constant";
  ahead.settings = resolved_settings(options_, task_, engine_.initial_rate(), validation_);
  return ahead;
}

std::vector<std::string> TrainingRun::watches() const {
  std::vector<std::string> lines;
  for (const Named& c : callbacks_)
    if (const std::string text = c.callback->watches(); !text.empty()) lines.push_back(c.name + ": " + text);
  if (file_) lines.push_back("checkpoint: " + file_->watches());
  return lines;
}

Model TrainingRun::run() {
  if (file_) {
    const Model now = model();
    file_->claim([&](const std::string& file) { return is_of_run(file, now, true); });
    file_->check_writable();
  }
  for (const Named& c : callbacks_) c.callback->begin(*this, resumed_);
  engine_.set_profile(options_.profile);
  while (epoch_ < options_.epochs && !stopped_) run_epoch();
  if (file_ && committed_ != position()) try_commit();
  if (options_.profile) say_profile();
  const TrainingEngine::Averaged averaged(engine_);
  for (const Named& c : callbacks_) c.callback->end(*this);
  Model done = model();
  if (options_.test)
    done.test_metrics = metrics_columns(engine_.measure("test")), log_.info(test_line(done.test_metrics));
  if (progress_.outcome) *progress_.outcome = {outcome(), file_ && file_->required() ? commit_failure_ : std::string()};
  return done;
}

std::string TrainingRun::outcome() const {
  std::string text = fmt::format("trained all {} epochs", options_.epochs);
  if (options_.epochs == 0) return "no epoch was trained; initial weights";
  if (options_.epochs == 1) text = "trained 1 epoch";
  if (stopped_)
    text = fmt::format("stopped after epoch {} of {}: {}", epoch_, options_.epochs,
                       stop_reason_.empty() ? "the run had already ended" : stop_reason_);
  return text + fmt::format("; weights of epoch {}", weights_epoch_ ? weights_epoch_ : epoch_);
}

void TrainingRun::say_profile() const {
  const std::string text = profile_text(engine_.times(), backend_.peak());
  for (const std::string_view line : split_at(std::string_view(text).substr(0, text.size() - 1), '\n'))
    log_.info(std::string(line));
}

void TrainingRun::run_epoch() {
  const int64_t n = engine_.steps_per_epoch();
  clock_.epoch_begins(epoch_seconds_);
  if (in_epoch_ == 0) engine_.begin_epoch();
  while (in_epoch_ < n) {
    for (const StepResult& step : steps()) {
      epoch_sums_.add(step, engine_.rules().loss_of_batches);
      steps_.add(step, epoch_ + 1);
    }
    clock_.step_ends();
    if (progress_.step)
      progress_.step(epoch_ + 1, options_.epochs, in_epoch_, n, epoch_sums_.loss(),
                     engine_.has_accuracy() ? epoch_sums_.accuracy() : NAN,
                     static_cast<double>(epoch_sums_.samples) / clock_.epoch_seconds());
    if (in_epoch_ < n) between_steps();
  }
  end_epoch();
  if (epoch_ < options_.epochs && !stopped_) between_steps();
}

void TrainingRun::end_epoch() {
  const double begin = clock_.now();
  {
    const TrainingEngine::Averaged averaged(engine_, engine_.rules().average_measured);
    std::optional<Metrics> measured;
    if (!validation_.empty()) measured = engine_.measure(validation_);
    ++epoch_;
    in_epoch_ = 0;
    const EpochRow row{epoch_, options_.epochs, epoch_row(measured)};
    append_row(history_, row.columns);
    epoch_sums_ = {.answers = engine_.answers(data_.at("train"))};
    epoch_seconds_ = 0;
    if (progress_.epoch) progress_.epoch(row);
    for (const Named& c : callbacks_) c.callback->epoch_end(*this, {epoch_, options_.epochs, row.columns});
    clock_.measured(clock_.now() - begin);
    if (!file_ || (!file_->due({epoch_, options_.epochs, row.columns}) && commit_failure_.empty())) return;
  }
  try_commit();
}

h5::Columns TrainingRun::epoch_row(const std::optional<Metrics>& validation) const {
  h5::Columns row{{"epoch", {static_cast<double>(epoch_)}}};
  for (const std::string& name : columns()) {
    double value = NAN;
    if (name == "loss")
      value = epoch_sums_.loss();
    else if (name == "accuracy")
      value = epoch_sums_.accuracy();
    else if (name == "val_loss")
      value = validation->loss;
    else if (name == "val_accuracy")
      value = validation->accuracy.value_or(NAN);
    else if (name == "learning_rate")
      value = engine_.last_rate();
    else if (name == "gradient_norm")
      value = epoch_sums_.gradient_norm();
    else if (name == "update_ratio")
      value = epoch_sums_.update_ratio();
    row.push_back({name, {value}});
  }
  row.push_back({"seconds", {clock_.epoch_seconds()}});
  return row;
}

void TrainingRun::stop(const std::string& reason) {
  stopped_ = true;
  stop_reason_ = reason;
}

Model TrainingRun::model() {
  Model model;
  model.history = history_;
  if (in_epoch_ == 0) model.weights_epoch = weights_epoch_ ? weights_epoch_ : epoch_;
  model.steps = steps_.columns();
  model.layers = task_.network->text();
  model.input = task_.network->input();
  model.raw_input = data_.has_tokens() ? model.input : data_.sample_shape();
  model.loss = task_.loss;
  model.weights = weights_of(engine_.memory());
  model.prep = data_.prep;
  model.classes = data_.classes;
  model.feature_names = data_.feature_names;
  model.target_names = data_.target_names;
  if (data_.splits.front().has_samples() && data_.splits.front().x().type == h5::Type::u8) {
    model.valid_min = data_.valid_min;
    model.valid_max = data_.valid_max;
  } else if (float_range_) {
    model.least = float_range_->first;
    model.greatest = float_range_->second;
  }
  model.data_digest = data_.digest;
  model.samples = data_.at("train").size();
  model.rules = rules_;
  if (task_.network->takes_tokens()) model.tokenizer = options_.tokenizer;
  model.settings = resolved_settings(options_, task_, engine_.initial_rate(), validation_);
  return model;
}

void TrainingRun::write(const std::string& file, const Model& model) {
  h5::OutFile out(file, h5::OutFile::Content::binary);
  out.commit(write_model(model, progress_.provenance ? progress_.provenance().of_option("save-best") : h5::Provenance{},
                         true));
}

std::string TrainingRun::position() const {
  if (in_epoch_ > 0)
    return fmt::format("in epoch {} of {}, step {} of {}", epoch_ + 1, options_.epochs, in_epoch_,
                       engine_.steps_per_epoch());
  if (epoch_ == 0) return "before the first epoch";
  return fmt::format("after epoch {} of {}{}", epoch_, options_.epochs, stopped_ ? ", where it ended" : "");
}

}  // namespace nn
