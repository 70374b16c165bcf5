// SPDX-License-Identifier: MIT
#include "train/engine/batch_runner.h"

#include <algorithm>

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
  options.pixel_values = batches.pixel_values();
  options.row_pointers = batches.in_place();
  options.batch = batch_;
  full_ = backend.compile(graph, options, memory);
  if (n_ % batch_ == 0) return;
  options.batch = n_ % batch_;
  rest_ = backend.compile(graph, options, memory);
}

std::span<const int64_t> BatchRunner::rows_of(std::span<const int64_t> rows, int64_t step) const {
  const int64_t first = step * batch_;
  return rows.subspan(static_cast<size_t>(first), static_cast<size_t>(std::min(batch_, n_ - first)));
}

Plan& BatchRunner::load(std::span<const int64_t> rows, int64_t step) {
  const std::span<const int64_t> mine = rows_of(rows, step);
  Plan& plan = static_cast<int64_t>(mine.size()) == batch_ ? *full_ : *rest_;
  const Plan::Inputs inputs = plan.inputs();
  if (!inputs.pixels.empty())
    batches_.pixels(mine, inputs.pixels);
  else if (!inputs.rows.empty())
    batches_.rows(mine, inputs.rows);
  else
    batches_.fill(mine, inputs.x, augmentation_, &backend_.team());
  if (!inputs.labels.empty()) batches_.labels(mine, inputs.labels);
  if (!inputs.targets.empty()) batches_.targets(mine, inputs.targets);
  return plan;
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
