// SPDX-License-Identifier: MIT
// What may happen between two steps of a run: signals, the time limit, checkpoints; and how it goes on from one.
#include <fmt/format.h>

#include <cmath>

#include "train/resume.h"
#include "train/run_checks.h"
#include "train/training.h"

namespace nn {

/// What is left when a run diverges.
std::string Training::kept() const {
  return committed_.empty() ? "there is no checkpoint" : fmt::format("the last checkpoint, {}, is of {}", file_->name(), committed_);
}

StepResult Training::step() {
  try {
    const StepResult result = session_.step(epoch_, in_epoch_++);
    if (in_epoch_ == session_.steps_per_epoch()) session_.check_weights(epoch_);
    return result;
  } catch (const ConditionError& e) {
    if (!file_) throw;
    throw ConditionError(fmt::format("{}; {}", e.what(), kept()));
  }
}

void Training::between_steps() {
  while (progress_.request) {
    const Request request = progress_.request();
    if (request == Request::none) break;
    obey(request);
  }
  if (clock_.out_of_time(in_epoch_ + 1 == session_.steps_per_epoch())) {
    commit();
    leave("--time-limit " + options_.time_limit);
  }
  if (file_ && committed_ != position() && file_->due(session_.batches_done(), clock_.since_commit())) try_commit();
}

void Training::obey(Request request) {
  if (request == Request::status) return say_status();
  if (!file_) {
    if (request == Request::stop) throw Error("interrupted");
    return log_.warning("signal ignored: it asks for a checkpoint, and there is no --checkpoint FILE");
  }
  if (request == Request::checkpoint) return try_commit();
  commit();
  if (request == Request::stop) throw Error(fmt::format("interrupted; go on with --resume {}", file_->name()));
  if (request == Request::requeue) leave("asked by a signal");
}

void Training::leave(const std::string& why) {
  throw Error(fmt::format("{}: stopped at {}; run again with --resume {}", why, position(), file_->name()), Exit::again);
}

void Training::say_status() const {
  const int64_t n = session_.steps_per_epoch();
  std::string line = fmt::format("epoch {}/{}, step {}/{}", epoch_ + 1, options_.epochs, in_epoch_, n);
  if (epoch_sums_.samples) line += fmt::format("  loss {:.4f}", epoch_sums_.loss());
  if (epoch_sums_.samples && session_.has_accuracy()) line += fmt::format("  accuracy {:.4f}", epoch_sums_.accuracy());
  log_.error(line + fmt::format("  {:.1f} s", clock_.epoch_seconds()));
}

/// A checkpoint that cannot be written does not end the run: what was saved before is whole.
void Training::try_commit() {
  try {
    commit();
  } catch (const Error& e) {
    if (e.status() == Exit::condition) throw;
    log_.warning(fmt::format("{}; the run goes on, {}", e.what(),
                             committed_.empty() ? "without a checkpoint so far" : "the checkpoint of " + committed_ + " is whole"));
  }
}

void Training::commit() {
  const double begin = clock_.now();
  epoch_seconds_ = in_epoch_ ? clock_.epoch_seconds() : 0;
  const Session::Averaged averaged(session_);
  Checkpoint checkpoint;
  checkpoint.model = model();
  for (const NamedTensor& tensor : checkpoint.model.weights)
    for (float w : tensor.values)
      if (!std::isfinite(w))
        throw ConditionError(fmt::format("diverged: {} holds a weight that is not a number; {}", tensor.path, kept()));
  State saved;
  state(saved);
  checkpoint.state = saved.fields();
  checkpoint.command = progress_.command;
  checkpoint.machine = progress_.machine;
  file_->commit(write_checkpoint(checkpoint, progress_.provenance ? progress_.provenance() : h5::Provenance{}));
  committed_ = position();
  clock_.committed(clock_.now() - begin);
  log_.detail(fmt::format("--checkpoint: {} holds {}", file_->name(), committed_));
}

/// While an Averaged lives.
void Training::state(State& state) {
  state.field("epoch", epoch_);
  state.field("step", in_epoch_);
  state.field("ended", stopped_);
  state.field("seconds", epoch_seconds_);
  {
    const State::Scope scope(state, "sums");
    epoch_sums_.state(state);
  }
  steps_.state(state);
  session_.state(state, in_epoch_ > 0);
  for (const Named& c : callbacks_) {
    // One that decides nothing may be new in a run that goes on (--save-best).
    if (state.restoring() && !find_in(callback_types(), c.name, "callback").decides && !state.has("callbacks/" + c.name)) continue;
    const State::Scope scope(state, "callbacks/" + c.name);
    c.callback->state(state);
  }
  const State::Scope scope(state, "checkpoint");
  if (file_) file_->state(state);
}

void Training::resume(const Checkpoint& checkpoint, bool strict) {
  check_same_run(checkpoint, model(), session_.schedule().depends_on_length());
  check_same_machine(checkpoint, progress_.machine, strict, log_);
  in_context(checkpoint.name, [&] {
    const Session::Averaged averaged(session_);
    put_weights(checkpoint.model.weights, session_.memory());
    history_ = checkpoint.model.history;
    State saved(checkpoint.state);
    state(saved);
    if (epoch_ < 0 || in_epoch_ < 0 || in_epoch_ >= session_.steps_per_epoch())
      throw Error(fmt::format("/state: expected a step below {}, found {}", session_.steps_per_epoch(), in_epoch_));
  });
  if (epoch_ > options_.epochs || (epoch_ == options_.epochs && in_epoch_ > 0))
    throw UsageError(fmt::format("--epochs {}: {} holds {} already", options_.epochs, checkpoint.name, position()));
  resumed_ = true;
  committed_ = file_ && file_->name() == checkpoint.name ? position() : "";
  log_.detail(fmt::format("goes on from {}: {}", checkpoint.name, position()));
}

}  // namespace nn
