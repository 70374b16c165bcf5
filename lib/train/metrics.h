// SPDX-License-Identifier: MIT
// Sums of one pass over labelled samples, and the metrics made of them.
#pragma once

#include <array>
#include <span>

#include "train/engine/decision.h"
#include "train/engine/evaluator.h"

namespace nn {

class Tally {
 public:
  /// What is kept beside the sums of loss and hits; training needs none of it.
  struct Keep {
    bool classes = false;    ///< by class: precision, recall, F1; calibration
    bool confusion = false;  ///< K*K counts
    bool scores = false;     ///< every output, for the area under the ROC curve
    int64_t targets = 0;     ///< outputs that are targets, 0 when they are classes
  };
  /// classes: 0 for regression, where only the loss is summed. k: of top_k, at most the classes.
  Tally(Decision decision, int64_t classes, int k);
  Tally(Decision decision, int64_t classes, int k, const Keep& keep);
  void reset();
  /// One batch: outputs {n, outputs}, labels {n} or empty, losses {n} of the samples, targets {n, outputs} or empty.
  void add(std::span<const float> outputs, std::span<const int32_t> labels, std::span<const double> losses,
           std::span<const float> targets = {});
  Metrics metrics(const std::string& split) const;

 private:
  /// Of one target.
  struct Sums {
    double error = 0, square = 0, mean = 0, spread = 0;  ///< mean and spread of the target, by Welford's method
  };
  struct Bin {
    int64_t n = 0, hits = 0;
    double confidence = 0;
  };
  void add_class(std::span<const float> outputs, int32_t label, int32_t found);
  void add_targets(std::span<const float> outputs, std::span<const float> targets);
  void add_independent(std::span<const float> outputs, std::span<const float> targets);
  void finish_targets(Metrics& m) const;
  void finish_classes(Metrics& m) const;

  Decision decision_;
  int64_t classes_;
  Keep keep_;
  Metrics sums_;
  int64_t hits_ = 0, top_hits_ = 0, exact_ = 0, seen_ = 0;
  std::vector<int64_t> right_;       ///< by class
  std::vector<Bin> bins_;
  std::vector<Sums> targets_;
  std::array<double, 3> sample_sums_{};
  bool binary_ = true;               ///< all targets are 0 or 1
  std::vector<float> scores_;        ///< {n, width}
  std::vector<int32_t> score_labels_;
  std::vector<float> score_targets_, probability_;
};

/// Precision, recall, F1, support and predicted by class from a confusion matrix {true, predicted}, and the averages.
void per_class(Metrics& metrics, int64_t classes);
/// Precision, recall and F1 from the counts of each class, 0 where undefined (a class never predicted has no precision,
/// one without samples no recall, one with neither no F1), as scikit-learn has them; and the averages over the classes
/// that are there or predicted.
void finish_per_class(Metrics& metrics, std::span<const int64_t> right);

/// One yes or no tells two classes apart. Its metrics as those of the classes 0 and 1.
Metrics two_sides(const Metrics& metrics);
/// The averages over both.
void average_two_sides(Metrics& metrics);

/// Area under the ROC curve of scores for samples that are positive or not, ties counted half; NaN without both kinds.
double area_under_curve(std::span<const float> scores, const std::vector<bool>& positive);

}  // namespace nn
