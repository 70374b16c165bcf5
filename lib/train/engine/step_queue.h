// SPDX-License-Identifier: MIT
// Training steps that a plan takes in one call: the constants of their updates and their masks, gathered step by step.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "backend/plan.h"

namespace nn {

class StepQueue {
 public:
  /// graph: of the plan; it outlives the queue.
  explicit StepQueue(const Graph& graph);
  /// Whether the words of the next batch can be described for all ops that draw any.
  bool can_describe(const RandomSource& words) const;
  void clear();
  int64_t size() const { return static_cast<int64_t>(outcomes_.size()); }
  /// The next step: constants of the optimizer's formula; words, described, of its batch.
  void add(std::span<const double> constants, const RandomSource& words);
  /// Runs all that was added, one batch of rows each. Valid until clear().
  std::span<const StepOutcome> run(Plan& plan, std::span<const int64_t> rows, std::string_view formula);

 private:
  std::vector<int> drawing_;  ///< ops that draw words
  std::vector<double> constants_;
  std::vector<MaskStream> masks_;
  std::vector<StepOutcome> outcomes_;
};

}  // namespace nn
