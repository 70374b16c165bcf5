// SPDX-License-Identifier: MIT
// What a model achieves on the samples of one split.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace nn {

constexpr double not_measured = std::numeric_limits<double>::quiet_NaN();

struct Metrics {
  std::string split;
  std::string samples_sum;  ///< of the split, as samples_sum() gives it; empty: not known
  int64_t n = 0;
  double loss = 0;                 ///< mean over the samples, without class weights and penalties
  std::optional<double> accuracy;  ///< of independent outputs: over all of them
  double top_k = not_measured;
  int k = 5;                          ///< top_k: the label is among the k largest outputs
  std::optional<double> exact_match;  ///< independent outputs: share of samples with all of them right
  std::optional<double> macro_f1, weighted_f1, balanced_accuracy;
  std::optional<double> auc;  ///< area under the ROC curve, one against the rest, mean over the classes; NaN when no
                              ///< class has samples and others beside it
  std::optional<double> ece;  ///< expected calibration error, 15 bins
  std::optional<double> cosine_similarity;    ///< several targets: of outputs and targets of a sample, mean
  std::vector<double> precision, recall, f1;  ///< by class, or by independent output; 0 where undefined
  std::vector<int64_t> support, predicted;    ///< samples of each class, and taken for it
  std::vector<int64_t> confusion;             ///< {true, predicted}, K*K; empty when it was not kept
  std::vector<double> mae, rmse, r2;          ///< by target, of a regression
  bool has_labels = false;                    ///< classes were compared with labels
  bool independent = false;                   ///< each output is a yes or no of its own (bce on several targets)
  std::vector<double> samples_mean;  ///< independent: precision, recall, F1 of a sample, their means; not in files

  /// One independent output of 0 or 1, whose averages are over both, as for two classes.
  bool has_two_sides() const { return independent && support.size() == 1 && predicted.size() == 1; }
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

/// The metrics of one number, in the order in which they are shown, and those of each target. To add a metric: a field
/// of Metrics, its sum in MetricAccumulator, a row in metrics.cpp, its description in nn-eval(1) and nn-hdf5(5).
/// Tables, JSON, files of metrics and --fail-under follow.
struct ScalarMetric {
  const char* name;
  const char* words;                      ///< long_name in files
  std::optional<double> Metrics::*value;  ///< not set: not measured, and not shown
  const char* also = "";                  ///< further words for it, joined by blanks
  bool smaller_is_better = false;
  double least = 0, most = 1;     ///< what a file may hold
  bool may_be_undefined = false;  ///< NaN, where the samples do not determine it
};
std::span<const ScalarMetric> scalar_metrics();
struct TargetMetric {
  const char* name;
  const char* words;
  std::vector<double> Metrics::*values;
  const char* also = "";
  bool smaller_is_better = false;
};
std::span<const TargetMetric> target_metrics();

}  // namespace nn
