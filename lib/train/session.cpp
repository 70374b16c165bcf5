// SPDX-License-Identifier: MIT
#include "train/session.h"

#include <fmt/format.h>

#include <cmath>
#include <numeric>

#include "base/number.h"

namespace nn {
namespace {

constexpr int64_t measuring_batch = 256;

void check_options(const TrainOptions& o) {
  if (o.epochs < 0) throw UsageError(fmt::format("--epochs: expected 0 or more, found {}", o.epochs));
  if (o.batch < 1) throw UsageError(fmt::format("--batch: expected 1 or more, found {}", o.batch));
  if (o.tiles < 1) throw UsageError(fmt::format("--tiles: expected 1 or more, found {}", o.tiles));
  const auto positive = [](const char* name, const std::optional<double>& value) {
    if (value && !(*value > 0 && std::isfinite(*value)))
      throw UsageError(fmt::format("--{}: expected a positive number, found {}", name, value_text(*value)));
  };
  if (o.rate && !(*o.rate >= 0 && std::isfinite(*o.rate)))
    throw UsageError("--lr: expected 0 or a positive number, found " + value_text(*o.rate));
  positive("clip-norm", o.clip_norm);
  positive("clip-value", o.clip_value);
}

}  // namespace

Session::Part::Part(const Task& task, const Split& s, const Dataset& data, Backend& backend, Memory& memory,
                    const Sweep::Settings& settings, Stream* augmentation, int64_t judged)
    : split(s),
      labelled(!s.labels.empty() && judged > 0),
      batches(s, data.prep, data.valid_min, data.valid_max, augmentation != nullptr),
      rows(static_cast<size_t>(s.size())),
      tally(decision_of(task.graph, task.classes), judged, 5),
      sweep(task.graph, memory, backend, batches, s.size(), settings, augmentation) {
  std::iota(rows.begin(), rows.end(), int64_t{0});
  labels.reserve(static_cast<size_t>(std::min(settings.batch, s.size())));
}

Session::Session(const Task& task, const TrainOptions& options, const Dataset& data, Backend& backend)
    : task_(task),
      options_(options),
      data_(data),
      backend_(backend),
      decision_(decision_of(task.graph, task.classes)),
      judged_(judged_classes(task.graph, task.classes)),
      optimizer_(make_optimizer(options.optimizer)),
      schedule_(make_schedule(options.schedule)),
      shuffle_(options.seed, "shuffle"),
      augment_(options.seed, "augment"),
      words_(task.graph, options.seed) {
  check_options(options);
  base_rate_ = last_rate_ = options.rate.value_or(optimizer_->default_rate());
  memory_ = backend.allocate(task.graph, static_cast<int>(optimizer_->slots().size()));
  memory_->zero_slots();
  Philox init(options.seed, "init");
  initialise(*memory_, init);
  Sweep::Settings settings;
  settings.batch = options.batch;
  settings.training = true;
  settings.tiles = options.tiles;
  train_ = std::make_unique<Part>(task, data.at("train"), data, backend, *memory_, settings, &augment_, judged_);
}

void Session::begin_epoch() {
  if (options_.shuffle) train_->rows = shuffle_.permutation(train_->split.size());
}

void Session::step(int64_t epoch, int64_t in_epoch, Running& running) {
  Moment now;
  now.step = steps_done_;
  now.steps = options_.epochs * steps_per_epoch();
  now.epoch = epoch;
  now.epochs = options_.epochs;
  last_rate_ = schedule_->rate(base_rate_, now);

  Plan& plan = train_->sweep.load(train_->rows, in_epoch);
  const std::span<const int64_t> rows = train_->sweep.rows_of(train_->rows, in_epoch);
  words_.set_step(steps_done_);
  plan.forward(&words_);
  const double loss = plan.loss();
  if (!std::isfinite(loss))
    throw ConditionError(fmt::format("diverged: the loss is {} in step {} of epoch {} (learning rate {}); try a smaller --lr "
                                     "or --clip-norm 1", loss, in_epoch + 1, epoch + 1, value_text(last_rate_)));
  plan.backward();
  memory_->add_penalties();
  if (options_.clip_value) memory_->clip_gradients(*options_.clip_value);
  if (options_.clip_norm) {
    const double norm = memory_->gradient_norm();
    if (norm > *options_.clip_norm) memory_->scale_gradients(*options_.clip_norm / norm);
  }
  ++steps_done_;
  memory_->update(optimizer_->formula(), optimizer_->constants(steps_done_, last_rate_));

  running.samples += static_cast<int64_t>(rows.size());
  running.loss_sum += loss * static_cast<double>(rows.size());
  if (train_->labelled) count_hits(plan, rows, running);
}

void Session::count_hits(Plan& plan, std::span<const int64_t> rows, Running& running) {
  const std::span<const float> outputs = plan.output();
  const size_t width = outputs.size() / rows.size();
  for (size_t i = 0; i < rows.size(); ++i)
    running.hits += decide(outputs.subspan(i * width, width), decision_) == train_->split.labels[static_cast<size_t>(rows[i])];
}

Metrics Session::measure(const std::string& split) {
  Part* part = nullptr;
  for (const auto& p : measured_)
    if (p->split.name == split) part = p.get();
  if (!part) {
    const Split& s = data_.at(split);
    check_split(task_, s);
    Sweep::Settings settings;
    settings.batch = measuring_batch;
    settings.tiles = options_.tiles;
    measured_.push_back(std::make_unique<Part>(task_, s, data_, backend_, *memory_, settings, nullptr, judged_));
    part = measured_.back().get();
  }
  part->tally.reset();
  for (int64_t step = 0; step < part->sweep.steps(); ++step) {
    Plan& plan = part->sweep.load(part->rows, step);
    plan.forward(nullptr);
    const std::span<const int64_t> rows = part->sweep.rows_of(part->rows, step);
    part->labels.resize(part->labelled ? rows.size() : 0);
    if (part->labelled) part->batches.labels(rows, part->labels);
    part->tally.add(plan.output(), part->labels, plan.sample_loss());
  }
  return part->tally.metrics(split);
}

size_t Session::bytes() const {
  size_t sum = memory_->bytes() + train_->sweep.bytes();
  for (const auto& part : measured_) sum += part->sweep.bytes();
  return sum;
}

}  // namespace nn
