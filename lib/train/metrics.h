// SPDX-License-Identifier: MIT
// Sums of one pass over labelled samples, and the metrics made of them.
#pragma once

#include <span>

#include "train/decision.h"
#include "train/evaluator.h"

namespace nn {

class Tally {
 public:
  /// classes: 0 for regression, where only the loss is summed. k: of top_k, at most the classes.
  Tally(Decision decision, int64_t classes, int k);
  void reset();
  /// One batch: outputs {n, outputs}, labels {n} or empty, losses {n} of the samples.
  void add(std::span<const float> outputs, std::span<const int32_t> labels, std::span<const double> losses);
  Metrics metrics(const std::string& split) const;

 private:
  Decision decision_;
  int64_t classes_;
  Metrics sums_;
  int64_t hits_ = 0, top_hits_ = 0;
};

/// Precision, recall, F1 and support by class from a confusion matrix {true, predicted}; NaN where undefined (a class
/// never predicted has no precision, one without samples no recall, and neither no F1).
void per_class(Metrics& metrics, int64_t classes);

}  // namespace nn
