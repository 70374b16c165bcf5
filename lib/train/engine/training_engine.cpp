// SPDX-License-Identifier: MIT
#include "train/engine/training_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/text/number.h"
#include "data/buckets.h"
#include "data/stored_rows.h"
#include "train/engine/output_kind.h"

namespace nn {
namespace {

constexpr int64_t measuring_batch = 256;
constexpr double update_flops = 12;  ///< of one weight, about: adam's operations, root and division among them

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
  if (o.accumulate < 1) throw UsageError(fmt::format("--accumulate: expected 1 or more, found {}", o.accumulate));
  if (!(o.ema >= 0 && o.ema < 1)) throw UsageError("--ema: expected 0 <= DECAY < 1, found " + value_text(o.ema));
  positive("clip-norm", o.clip_norm);
  if (o.clip_keys.epsilon && !(*o.clip_keys.epsilon >= 0))
    throw UsageError("--clip-norm: eps: expected 0 or more, found " + value_text(*o.clip_keys.epsilon));
  positive("clip-value", o.clip_value);
}

}  // namespace

TrainingEngine::SplitRun::SplitRun(const Task& task, const Split& s, const Dataset& data, Backend& backend,
                                   Memory& memory, const BatchRunner::Settings& settings, Stream* augmentation,
                                   int64_t judged)
    : split(s),
      labelled(!s.labels().empty() && judged > 0),
      batches(s, data.prep, data.valid_min, data.valid_max, augmentation != nullptr),
      rows(static_cast<size_t>(s.size())),
      judged_targets(output_kind_of(task.graph, task.classes) == OutputKind::independent &&
                             s.targets().shape.rank() == 2
                         ? s.targets().shape[1]
                         : 0),
      accumulator(output_kind_of(task.graph, task.classes), judged, 5, {.targets = judged_targets}),
      runner(task.graph, memory, backend, batches, s.size(), settings, augmentation) {
  std::iota(rows.begin(), rows.end(), int64_t{0});
  labels.reserve(static_cast<size_t>(std::min(settings.batch, s.size())));
  targets.reserve(static_cast<size_t>(std::min(settings.batch, s.size()) * judged_targets));
}

TrainingEngine::TrainingEngine(const Task& task, const TrainOptions& options, RunParts& parts, const Dataset& data,
                               Backend& backend, bool looks_at_gradients)
    : task_(task),
      options_(options),
      data_(data),
      backend_(backend),
      output_kind_(output_kind_of(task.graph, task.classes)),
      judged_(classes_of_outputs(task.graph, task.classes)),
      like_(parts.rules),
      optimizer_(std::move(parts.optimizer.made)),
      schedule_(std::move(parts.schedule.made)),
      random_(make_randomness(like_.streams, options.seed, task.graph, options.reshuffle)),
      augment_(options.seed, "augment"),
      queue_(task.graph) {
  check_options(options);
  if (options.buckets > 1 && !task.graph.is_ragged())
    throw UsageError("--buckets is of use with texts only: samples of one shape have no length");
  if (options.buckets > 1 && !options.shuffle) throw UsageError("--buckets and --no-shuffle exclude each other");
  initial_rate_ = base_rate_ = last_rate_ = options.rate.value_or(optimizer_->default_rate());
  if (const auto momentum = schedule_->momentum({}))
    optimizer_->set_momentum(*momentum);  // before its slots are counted
  int slots = static_cast<int>(optimizer_->slots().size());
  if (options.ema > 0) average_ = slots++;
  if (options.accumulate > 1) sum_ = slots++;
  take_scales();
  if (options.tracks("update-ratio") || !scales_.empty()) before_ = slots++;
  needs_norm_ = options.clip_norm || !options.track.empty();
  const bool penalties = std::any_of(task.graph.params.begin(), task.graph.params.end(),
                                     [](const Param& p) { return p.l1 != 0 || p.l2 != 0; });
  updates_at_once_ = !needs_norm_ && !options.clip_value && !penalties && sum_ < 0 && before_ < 0;
  keeps_last_gradients_ = looks_at_gradients;
  int64_t longest = 0;
  for (const Param& param : task.graph.params) longest = std::max(longest, param.shape.count());
  memory_ = backend.allocate(task.graph, slots);
  if (options.clip_norm && like_.clip_each) gradient_.resize(static_cast<size_t>(longest));
  optimizer_->in_float(!memory_->in_double());
  random_->initialise(*memory_);
  fill_slots();
  if (options.used) take_used();
  if (options.init_from) take_start();
  if (average_ >= 0) memory_->blend({Part::slot, average_}, 0, {Part::weights}, 1);
  BatchRunner::Settings settings;
  settings.batch = options.batch;
  settings.training = true;
  settings.tiles = options.tiles;
  settings.exact = options.exact;
  settings.precision = options.precision == "bf16" ? Precision::bf16 : Precision::float32;
  if (answers(data.at("train")) > 0) settings.hits = hit_rule_of(task.graph, task.classes);
  train_ = std::make_unique<SplitRun>(task, data.at("train"), data, backend, *memory_, settings, &augment_, judged_);
}

void TrainingEngine::fill_slots() {
  const size_t slots = optimizer_->slots().size();
  for (size_t slot = 0; slot < slots; ++slot) {
    const double value = optimizer_->initial(slot);
    if (value == 0) continue;
    for (size_t p = 0; p < task_.graph.params.size(); ++p) {
      const Param& param = task_.graph.params[p];
      if (!param.trainable) continue;
      const std::vector<double> values(static_cast<size_t>(param.shape.count()), value);
      memory_->write(nn::Part::slot, static_cast<ParamId>(p), values, static_cast<int>(slot));
    }
  }
}

void Running::add(const StepResult& step, bool of_batches) {
  samples += step.samples;
  hits += step.hits;
  const double weight = of_batches ? 1 : static_cast<double>(step.samples);
  loss_sum += step.loss * weight;
  loss_weight += weight;
  if (!step.updated) return;
  ++updates;
  gradient_norm_sum += step.gradient_norm;
  update_ratio_sum += step.update_ratio;
}

void TrainingEngine::begin_epoch() { take_order(random_->order(train_->split.size(), options_.shuffle)); }

void TrainingEngine::take_order(std::vector<int64_t> rows) {
  if (const Column* tokens = task_.graph.is_ragged() ? train_->split.column("tokens") : nullptr) {
    // A stream of each epoch: the order is the same after a checkpoint.
    Philox stream(options_.seed, "buckets " + std::to_string(batches_done_ / steps_per_epoch()));
    train_->rows = options_.buckets > 1 ? in_buckets(rows, *tokens, train_->runner.batch(), options_.buckets, stream)
                                        : std::move(rows);
    return;
  }
  const StoredRows* stored = train_->split.stored();
  train_->rows = stored && options_.shuffle ? in_block_order(rows, stored->block_rows()) : std::move(rows);
}

StepResult TrainingEngine::step(int64_t epoch, int64_t in_epoch) {
  timer_.begin();
  Plan& plan = train_->runner.load(train_->rows, in_epoch);
  const std::span<const int64_t> rows = train_->runner.rows_of(train_->rows, in_epoch);
  timer_.end("gather");
  random_->begin_batch(batches_done_++);
  plan.forward(random_.get());
  timer_.end("forward");
  StepResult result;
  result.batch = batches_done_;
  result.samples = static_cast<int64_t>(rows.size());
  result.loss = plan.loss();
  if (options_.terminate_on_nan) check_finite(result.loss, "loss", epoch, in_epoch);
  const bool last = in_epoch + 1 == steps_per_epoch(), at_once = updates_at_once_ && !(last && keeps_last_gradients_);
  if (at_once) {
    set_rate(epoch);
    ++updates_done_;
    plan.backward_and_update({optimizer_->formula(), optimizer_->constants(steps_before_ + updates_done_, last_rate_)});
    result.updated = true;
    result.rate = last_rate_;
  } else {
    plan.backward();
  }
  timer_.end("backward");
  if (has_accuracy()) result.hits = plan.hits();
  timer_.end("accuracy");
  if (at_once) {
    average();
    return result;
  }
  if (accumulate(result.samples, last))
    update(epoch, in_epoch, result);
  else if (like_.loss_has_penalties)
    result.loss += memory_->penalty();
  if (result.updated || like_.average_batches) average();
  result.rate = last_rate_;
  if (timer_.on())
    timer_.end("update", update_cost(task_.graph, static_cast<int>(optimizer_->slots().size()), update_flops));
  return result;
}

/// Of full batches that use up their gradients at once.
int64_t TrainingEngine::steps_at_once(int64_t in_epoch, int64_t most) const {
  const BatchRunner& runner = train_->runner;
  if (most < 2 || runner.steps_at_once() < 2 || !updates_at_once_ || average_ >= 0 || timer_.on()) return 1;
  if (!queue_.can_describe(*random_)) return 1;
  const int64_t end = std::min(runner.full_steps(), runner.steps() - (keeps_last_gradients_ ? 1 : 0));
  return std::max<int64_t>(std::min({most, runner.steps_at_once(), end - in_epoch}), 1);
}

std::span<const StepResult> TrainingEngine::steps(int64_t epoch, int64_t in_epoch, int64_t most) {
  results_.clear();
  const int64_t count = steps_at_once(in_epoch, most);
  if (count == 1) {
    results_.push_back(step(epoch, in_epoch));
    return results_;
  }
  queue_.clear();
  const double rate_before = last_rate_;
  for (int64_t i = 0; i < count; ++i) {
    random_->begin_batch(batches_done_++);
    set_rate(epoch);
    ++updates_done_;
    queue_.add(optimizer_->constants(steps_before_ + updates_done_, last_rate_), *random_);
    results_.push_back(
        {.batch = batches_done_, .samples = train_->runner.batch(), .updated = true, .rate = last_rate_});
  }
  const std::span<const StepOutcome> outcomes =
      train_->runner.run(queue_, train_->rows, in_epoch, optimizer_->formula());
  last_rate_ = rate_before;
  for (size_t i = 0; i < results_.size(); ++i) {
    results_[i].loss = outcomes[i].loss;
    if (has_accuracy()) results_[i].hits = outcomes[i].hits;
    if (options_.terminate_on_nan) check_finite(results_[i].loss, "loss", epoch, in_epoch + static_cast<int64_t>(i));
    last_rate_ = results_[i].rate;
  }
  return results_;
}

bool TrainingEngine::accumulate(int64_t samples, bool last_of_epoch) {
  if (sum_ < 0) return true;
  const double n = like_.accumulate_batches ? 1 : static_cast<double>(samples);
  memory_->blend({Part::slot, sum_}, summed_batches_ ? 1 : 0, {Part::gradients}, n);
  summed_samples_ += n;
  if (++summed_batches_ < options_.accumulate && !(last_of_epoch && !like_.accumulate_over_epochs)) return false;
  memory_->blend({Part::gradients}, 0, {Part::slot, sum_}, 1 / summed_samples_);
  summed_batches_ = 0;
  summed_samples_ = 0;
  return true;
}

void TrainingEngine::set_rate(int64_t epoch) {
  Moment now;
  const int64_t in_one_epoch = (steps_per_epoch() + options_.accumulate - 1) / options_.accumulate;
  now.step = updates_done_;
  now.steps = like_.accumulate_over_epochs
                  ? std::max<int64_t>(options_.epochs * steps_per_epoch() / options_.accumulate, 1)
                  : options_.epochs * in_one_epoch;
  now.epoch = epoch;
  now.epochs = options_.epochs;
  last_rate_ = schedule_->rate(base_rate_, now);
  if (const auto momentum = schedule_->momentum(now)) optimizer_->set_momentum(*momentum);
}

void TrainingEngine::update(int64_t epoch, int64_t in_epoch, StepResult& result) {
  set_rate(epoch);
  const double penalty = memory_->add_penalties();
  if (like_.loss_has_penalties) result.loss += penalty;
  if (needs_norm_) {
    result.gradient_norm = memory_->gradient_norm();
    if (options_.terminate_on_nan) check_finite(result.gradient_norm, "norm of the gradient", epoch, in_epoch);
    clip(result.gradient_norm);
  } else {
    clip(0);
  }
  if (before_ >= 0) memory_->blend({Part::slot, before_}, 0, {Part::weights}, 1);
  ++updates_done_;
  memory_->update(optimizer_->formula(), optimizer_->constants(steps_before_ + updates_done_, last_rate_));
  scale_updates();
  if (before_ >= 0 && options_.tracks("update-ratio")) {
    memory_->blend({Part::slot, before_}, -1, {Part::weights}, 1);
    result.update_ratio = memory_->norm({Part::slot, before_}) / memory_->norm({Part::weights});
  }
  result.updated = true;
}

/// The first average is the weights themselves, as in torch's AveragedModel and Keras' optimizers.
void TrainingEngine::average() {
  if (average_ < 0) return;
  const double decay = batches_done_ <= options_.accumulate || updates_done_ <= 1 ? 0 : options_.ema;
  memory_->blend({Part::slot, average_}, decay, {Part::weights}, 1 - decay);
}

void TrainingEngine::clip(double norm) {
  if (options_.clip_value) {
    memory_->clip_gradients(*options_.clip_value);
    if (options_.clip_norm) norm = memory_->gradient_norm();
  }
  if (!options_.clip_norm) return;
  if (like_.clip_each) return clip_each();
  const double factor = *options_.clip_norm / (norm + like_.clip_epsilon);
  if (factor < 1) memory_->scale_gradients(factor);
}

void TrainingEngine::clip_each() {
  const Graph& graph = task_.graph;
  for (size_t p = 0; p < graph.params.size(); ++p) {
    if (!graph.params[p].trainable) continue;
    const std::span<double> gradient(gradient_.data(), static_cast<size_t>(graph.params[p].shape.count()));
    memory_->read(Part::gradients, static_cast<ParamId>(p), gradient);
    double squares = 0;
    for (const double g : gradient) squares += g * g;
    const double factor = *options_.clip_norm / (std::sqrt(squares) + like_.clip_epsilon);
    if (!(factor < 1)) continue;
    for (double& g : gradient) g *= factor;
    memory_->write(Part::gradients, static_cast<ParamId>(p), gradient);
  }
}

void TrainingEngine::check_finite(double value, const char* what, int64_t epoch, int64_t in_epoch) const {
  if (std::isfinite(value)) return;
  throw ConditionError(
      fmt::format("diverged: the {} is {} in step {} of epoch {} (learning rate {}); try a smaller --lr or "
                  "--clip-norm 1",
                  what, value_text(value), in_epoch + 1, epoch + 1, value_text(last_rate_)));
}

void TrainingEngine::check_weights(int64_t epoch) const {
  if (!options_.terminate_on_nan || memory_->all_finite({Part::weights})) return;
  throw ConditionError(fmt::format(
      "diverged: a weight is no longer a number at the end of epoch {} (learning rate {}); try a smaller --lr "
      "or --clip-norm 1",
      epoch + 1, value_text(last_rate_)));
}

int64_t TrainingEngine::answers(const Split& split) const {
  if (output_kind_ == OutputKind::independent) return split.targets().shape.rank() == 2 ? split.targets().shape[1] : 0;
  return judged_ > 0 && !split.labels().empty() ? 1 : 0;
}

void TrainingEngine::swap_average() {
  if (average_ >= 0) memory_->swap({Part::weights}, {Part::slot, average_});
}

Metrics TrainingEngine::measure(const std::string& split) {
  SplitRun* part = nullptr;
  for (const auto& p : measured_)
    if (p->split.name == split) part = p.get();
  if (!part) {
    const Split& s = data_.at(split);
    check_split(task_, s);
    BatchRunner::Settings settings;
    settings.batch = measuring_batch;
    settings.rows = rows_of_thread * backend_.team().size();
    settings.tiles = options_.tiles;
    settings.exact = options_.exact;
    measured_.push_back(std::make_unique<SplitRun>(task_, s, data_, backend_, *memory_, settings, nullptr, judged_));
    part = measured_.back().get();
  }
  random_->evaluation_pass();
  part->accumulator.reset();
  for (int64_t step = 0; step < part->runner.steps(); ++step) {
    Plan& plan = part->runner.load(part->rows, step);
    plan.forward(nullptr);
    const std::span<const int64_t> rows = part->runner.rows_of(part->rows, step);
    part->labels.resize(part->labelled ? rows.size() : 0);
    if (part->labelled) part->batches.labels(rows, part->labels);
    part->targets.resize(rows.size() * static_cast<size_t>(part->judged_targets));
    if (part->judged_targets > 0) part->batches.targets(rows, part->targets);
    part->accumulator.add(plan.output(), part->labels, plan.sample_loss(), part->targets);
  }
  Metrics metrics = part->accumulator.metrics(split);
  if (like_.loss_has_penalties) metrics.loss += memory_->penalty();
  return metrics;
}

void TrainingEngine::set_profile(bool on) {
  timer_.set(on);
  train_->runner.set_profile(on);
}

std::vector<StepTime> TrainingEngine::times() const { return with_plan_steps(timer_.laps(), train_->runner.times()); }

size_t TrainingEngine::bytes() const {
  size_t sum = memory_->bytes() + train_->runner.bytes();
  for (const auto& part : measured_) sum += part->runner.bytes();
  return sum;
}

}  // namespace nn
