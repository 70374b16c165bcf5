// SPDX-License-Identifier: MIT
#include "train/engine/batch_runner.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include "train/engine/profile.h"

namespace nn {

BatchRunner::BatchRunner(const Graph& graph, Memory& memory, Backend& backend, Batches& batches, int64_t n,
                         const Settings& settings, Stream* augmentation)
    : backend_(backend), batches_(batches), n_(n), batch_(std::min(settings.batch, n)), augmentation_(augmentation) {
  PlanOptions options;
  options.training = settings.training;
  options.tiles = settings.tiles;
  options.exact = settings.exact;
  options.precision = settings.precision;
  options.hits = settings.hits;
  if (graph.is_ragged()) {
    lengths_ = batches.token_counts();
    std::ranges::sort(lengths_, std::greater<>());
    if (settings.rows > 0)
      batch_ = std::clamp<int64_t>(settings.rows / std::max<int64_t>(lengths_.at(0), 1), 1, batch_);
    options.rows = most_rows(batch_);
  } else if (batches.as_stored()) {
    describe_source();
    options.source = &source_;
  }
  options.batch = batch_;
  full_ = backend.compile(graph, options, memory);
  if (n_ % batch_ == 0) return;
  options.batch = n_ % batch_;
  if (!lengths_.empty()) options.rows = most_rows(options.batch);
  rest_ = backend.compile(graph, options, memory);
}

int64_t BatchRunner::most_rows(int64_t samples) const {
  return std::max<int64_t>(std::reduce(lengths_.begin(), lengths_.begin() + std::min(samples, std::ssize(lengths_))),
                           1);
}

void BatchRunner::load_tokens(const Plan::Inputs& inputs, std::span<const int64_t> rows) {
  batches_.column("tokens", rows, tokens_);
  const auto ids = tokens_.values.as<int32_t>();
  std::copy(ids.begin(), ids.end(), inputs.ids.begin());
  std::copy(tokens_.start.begin(), tokens_.start.end(), inputs.start.begin());
}

/// The whole split where it lies in memory, else the samples of one batch, read for each step.
void BatchRunner::describe_source() {
  source_.x = batches_.stored();
  source_.byte_values = batches_.byte_values();
  source_.refilled = source_.x.empty();
  if (source_.refilled) {
    read_.resize(static_cast<size_t>(batch_ * batches_.stored_bytes()));
    source_.x = read_;
  } else {
    source_.labels = batches_.labels();
    source_.targets = batches_.targets();
  }
}

std::span<const int64_t> BatchRunner::rows_of(std::span<const int64_t> rows, int64_t step) const {
  const int64_t first = step * batch_;
  return rows.subspan(static_cast<size_t>(first), static_cast<size_t>(std::min(batch_, n_ - first)));
}

Plan& BatchRunner::load(std::span<const int64_t> rows, int64_t step) {
  const std::span<const int64_t> mine = rows_of(rows, step);
  Plan& plan = static_cast<int64_t>(mine.size()) == batch_ ? *full_ : *rest_;
  const Plan::Inputs inputs = plan.inputs();
  if (!inputs.start.empty()) {
    load_tokens(inputs, mine);
  } else if (inputs.index.empty()) {
    batches_.fill(mine, inputs.x, augmentation_, &backend_.team());
  } else if (source_.refilled) {
    batches_.stored(mine, std::span(read_).first(mine.size() * static_cast<size_t>(batches_.stored_bytes())));
    std::iota(inputs.index.begin(), inputs.index.end(), int64_t{0});
  } else {
    std::copy(mine.begin(), mine.end(), inputs.index.begin());
  }
  if (!inputs.labels.empty()) batches_.labels(mine, inputs.labels);
  if (!inputs.targets.empty()) batches_.targets(mine, inputs.targets);
  return plan;
}

std::span<const StepOutcome> BatchRunner::run(StepQueue& queue, std::span<const int64_t> rows, int64_t step,
                                              std::string_view formula) {
  const int64_t first = step * batch_, count = queue.size() * batch_;
  return queue.run(*full_, rows.subspan(static_cast<size_t>(first), static_cast<size_t>(count)), formula);
}

void BatchRunner::set_profile(bool on) {
  full_->set_profile(on);
  if (rest_) rest_->set_profile(on);
}

std::vector<StepTime> BatchRunner::times() const {
  std::vector<StepTime> times = full_->times();
  if (rest_) merge_times(times, rest_->times());
  return times;
}

size_t BatchRunner::bytes() const { return full_->bytes() + (rest_ ? rest_->bytes() : 0); }

}  // namespace nn
