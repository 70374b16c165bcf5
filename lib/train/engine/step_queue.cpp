// SPDX-License-Identifier: MIT
#include "train/engine/step_queue.h"

#include <algorithm>

namespace nn {

StepQueue::StepQueue(const Graph& graph) {
  for (size_t i = 0; i < graph.ops.size(); ++i)
    if (draws_words(graph.ops[i])) drawing_.push_back(static_cast<int>(i));
}

bool StepQueue::can_describe(const RandomSource& words) const {
  return std::all_of(drawing_.begin(), drawing_.end(), [&](int op) { return words.described(op).has_value(); });
}

void StepQueue::clear() {
  constants_.clear();
  masks_.clear();
  outcomes_.clear();
}

void StepQueue::add(std::span<const double> constants, const RandomSource& words) {
  constants_.insert(constants_.end(), constants.begin(), constants.end());
  for (const int op : drawing_) masks_.push_back(words.described(op).value());
  outcomes_.emplace_back();
}

std::span<const StepOutcome> StepQueue::run(Plan& plan, std::span<const int64_t> rows, std::string_view formula) {
  plan.run({.rows = rows, .formula = formula, .constants = constants_, .masks = masks_}, outcomes_);
  return outcomes_;
}

}  // namespace nn
