// SPDX-License-Identifier: MIT
// What may happen between two steps of a run: signals, the time limit, checkpoints; and how it resumes from one.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "base/text/number.h"
#include "train/run/resume.h"
#include "train/run/run_checks.h"
#include "train/run/training_run.h"

namespace nn {
namespace {

constexpr double retry_pause = 10;  ///< seconds until a checkpoint that failed is tried again

}  // namespace

/// What is left when a run diverges.
std::string TrainingRun::kept() const {
  return committed_.empty() ? "there is no checkpoint"
                            : fmt::format("the last checkpoint, {}, was made {}", file_->name(), committed_);
}

/// Until a checkpoint is due, as many as the engine takes in one call.
std::span<const StepResult> TrainingRun::steps() {
  try {
    const int64_t most = file_ ? file_->steps_until_due(engine_.batches_done()) : std::numeric_limits<int64_t>::max();
    const std::span<const StepResult> results = engine_.steps(epoch_, in_epoch_, most);
    in_epoch_ += static_cast<int64_t>(results.size());
    if (in_epoch_ == engine_.steps_per_epoch()) engine_.check_weights(epoch_);
    return results;
  } catch (const ConditionError& e) {
    if (!file_) throw;
    throw ConditionError(fmt::format("{}; {}", e.what(), kept()));
  }
}

void TrainingRun::between_steps() {
  while (progress_.request) {
    const Request request = progress_.request();
    if (request == Request::none) break;
    obey(request);
  }
  if (leaving_.empty() && clock_.out_of_time(in_epoch_ + 1 == engine_.steps_per_epoch()))
    leaving_ = "--time-limit " + options_.time_limit;
  if (!file_ || clock_.now() < retry_at_) return;
  if (!leaving_.empty()) {
    if (try_commit()) leave(leaving_);
  } else if (committed_ != position() &&
             (!commit_failure_.empty() || file_->due(engine_.batches_done(), clock_.since_commit()))) {
    try_commit();
  }
}

void TrainingRun::obey(Request request) {
  if (request == Request::status) return say_status();
  if (!file_) {
    if (request == Request::stop)
      throw Error(
          fmt::format("stopped {}: interrupted; nothing was saved (--checkpoint FILE keeps the work)", position()));
    return log_.warning("signal ignored: it asks for a checkpoint, and there is no --checkpoint FILE");
  }
  if (request == Request::requeue) {
    leaving_ = "asked by a signal";
    retry_at_ = 0;
    return;
  }
  const bool written = try_commit();
  if (request != Request::stop) return;
  if (!written) throw Error(fmt::format("stopped {}: interrupted; {}", position(), kept()));
  throw Error(fmt::format("stopped {}: interrupted; wrote {}; continue with --resume {}", position(), file_->name(),
                          file_->name()));
}

void TrainingRun::leave(const std::string& why) {
  throw Error(
      fmt::format("stopped {}: {}; wrote {}; continue with --resume {}", position(), why, file_->name(), file_->name()),
      Exit::again);
}

void TrainingRun::say_status() const {
  const int64_t n = engine_.steps_per_epoch();
  std::string line = fmt::format("epoch {}/{}, step {}/{}", epoch_ + 1, options_.epochs, in_epoch_, n);
  if (epoch_sums_.samples) line += fmt::format("  loss {:.4f}", epoch_sums_.loss());
  if (epoch_sums_.samples && engine_.has_accuracy()) line += fmt::format("  accuracy {:.4f}", epoch_sums_.accuracy());
  log_.error(line + fmt::format("  {:.1f} s", clock_.epoch_seconds()));
}

/// A checkpoint that cannot be written does not end the run: what was saved before is whole, and it is tried again.
/// False when it could not.
bool TrainingRun::try_commit() {
  try {
    commit();
    commit_failure_.clear();
    retry_at_ = 0;
    return true;
  } catch (const Error& e) {
    if (e.status() == Exit::condition) throw;
    commit_failure_ = e.what();
    retry_at_ = clock_.now() + retry_pause;
    log_.warning(fmt::format(
        "{}; the run goes on, {}", e.what(),
        committed_.empty() ? "without a checkpoint so far" : "the checkpoint made " + committed_ + " is whole"));
    return false;
  }
}

void TrainingRun::commit() {
  const double begin = clock_.now();
  epoch_seconds_ = in_epoch_ ? clock_.epoch_seconds() : 0;
  const TrainingEngine::Averaged averaged(engine_);
  Checkpoint checkpoint;
  checkpoint.model = model();
  for (const NamedTensor& tensor : checkpoint.model.weights)
    for (float w : tensor.values)
      if (!std::isfinite(w))
        throw ConditionError(fmt::format("diverged: {} holds a weight that is not a number; {}", tensor.path, kept()));
  State saved;
  state(saved);
  checkpoint.state = std::move(saved).fields();
  checkpoint.command = progress_.command;
  checkpoint.machine = progress_.machine;
  file_->commit(write_checkpoint(
      checkpoint, progress_.provenance ? progress_.provenance().of_option("checkpoint") : h5::Provenance{}));
  committed_ = position();
  clock_.committed(clock_.now() - begin);
  log_.detail(fmt::format("--checkpoint: {} written {}", file_->name(), committed_));
}

/// While an Averaged lives.
void TrainingRun::state(State& state) {
  state.field("epoch", epoch_, 0, options_.epochs);
  state.field("step", in_epoch_, 0, engine_.steps_per_epoch() - 1);
  state.field("ended", stopped_);
  state.field("seconds", epoch_seconds_, 0, std::numeric_limits<double>::max());
  {
    const State::Scope scope(state, "sums");
    epoch_sums_.state(state);
  }
  engine_.state(state, in_epoch_ > 0);
  steps_.state(state, engine_.batches_done());
  if (state.restoring()) check_counts(state);
  for (const Named& c : callbacks_) {
    // One that decides nothing may be new in a resumed run (--save-best).
    if (state.restoring() && !find_in(callback_types(), c.name, "callback").decides &&
        !state.has("callbacks/" + c.name))
      continue;
    const State::Scope scope(state, "callbacks/" + c.name);
    c.callback->state(state);
  }
  const State::Scope scope(state, "checkpoint");
  if (file_) file_->state(state);
}

/// Counts that follow from each other.
void TrainingRun::check_counts(const State& state) const {
  const auto expect = [&](const char* field, int64_t expected, int64_t found) {
    if (expected != found) state.refuse(field, value_text(expected), value_text(found));
  };
  const int64_t n = data_.at("train").size();
  expect("batches", epoch_ * engine_.steps_per_epoch() + in_epoch_, engine_.batches_done());
  expect("sums/samples", std::min(n, in_epoch_ * options_.batch), epoch_sums_.samples);
  const double weight =
      engine_.rules().loss_of_batches ? static_cast<double>(in_epoch_) : static_cast<double>(epoch_sums_.samples);
  if (epoch_sums_.loss_weight != weight)
    state.refuse("sums/loss_weight", value_text(weight), value_text(epoch_sums_.loss_weight));
  if (options_.terminate_on_nan && !std::isfinite(epoch_sums_.loss_sum))
    state.refuse("sums/loss_sum", "a number", value_text(epoch_sums_.loss_sum));
  if (epoch_ == 0 && history_.empty()) return;
  std::set<std::string> wanted{"epoch", "seconds"}, found;
  for (const std::string& name : columns()) wanted.insert(name);
  for (const auto& [name, values] : history_) {
    found.insert(name);
    if (static_cast<int64_t>(values.size()) != epoch_)
      throw Error(fmt::format("/history/{}: expected {} rows, one per epoch, found {}", printable(name), epoch_,
                              values.size()));
  }
  if (found != wanted)
    throw Error(printable(fmt::format("/history: expected the columns {}, found {}", fmt::join(wanted, ", "),
                                      found.empty() ? "none" : fmt::format("{}", fmt::join(found, ", ")))));
}

void TrainingRun::resume(const Checkpoint& checkpoint, bool strict) {
  check_same_run(checkpoint, model(), engine_.schedule().depends_on_length());
  check_same_machine(checkpoint, progress_.machine, strict, log_);
  in_context(checkpoint.name, [&] {
    const TrainingEngine::Averaged averaged(engine_);
    put_weights(checkpoint.model.weights, engine_.memory());
    history_ = checkpoint.model.history;
    State saved(checkpoint.state);
    state(saved);
  });
  if (epoch_ == options_.epochs && in_epoch_ > 0)
    throw UsageError(fmt::format("--epochs {}: {} was made {}", options_.epochs, checkpoint.name, position()));
  resumed_ = true;
  committed_ = file_ && file_->name() == checkpoint.name ? position() : "";
  log_.detail(fmt::format("goes on {}: {}", position(), checkpoint.name));
}

}  // namespace nn
