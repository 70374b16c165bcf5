// SPDX-License-Identifier: MIT
// Runs a model over a split: metrics (nn-eval) and predictions (nn-predict). The model's own preparation recipe is
// applied to the raw samples; the dataset's recipe is not. Names are matched by align() (train/engine/align.h).
#pragma once

#include <functional>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "base/budget.h"
#include "base/log.h"
#include "data/dataset.h"
#include "model/model_file.h"
#include "train/engine/align.h"

namespace nn {

constexpr double not_measured = std::numeric_limits<double>::quiet_NaN();

struct Metrics {
  std::string split;
  int64_t n = 0;
  double loss = 0;                             ///< mean over the samples, without class weights and penalties
  double accuracy = not_measured;              ///< of independent outputs: over all of them
  double top_k = not_measured;
  int k = 5;                                   ///< top_k: the label is among the k largest outputs
  double exact_match = not_measured;           ///< independent outputs: share of samples with all of them right
  double macro_f1 = not_measured, weighted_f1 = not_measured, balanced_accuracy = not_measured;
  double auc = not_measured;                   ///< area under the ROC curve, one against the rest, mean over the classes
  bool has_auc = false;                        ///< it was computed; NaN when no class has samples and others beside it
  double ece = not_measured;                   ///< expected calibration error, 15 bins
  std::vector<double> precision, recall, f1;   ///< by class, or by independent output; 0 where undefined
  std::vector<int64_t> support, predicted;     ///< samples of each class, and taken for it
  std::vector<int64_t> confusion;              ///< {true, predicted}, K*K; empty when it was not kept
  std::vector<double> mae, rmse, r2;           ///< by target, of a regression
  bool has_labels = false;                     ///< classes were compared with labels
  bool independent = false;                    ///< each output is a yes or no of its own (bce on several targets)
  std::vector<double> samples_mean;            ///< independent: precision, recall, F1 of a sample, their means; not in files

  /// One independent output of 0 or 1, whose averages are over both, as for two classes.
  bool has_two_sides() const { return independent && support.size() == 1 && predicted.size() == 1; }
};

struct Predictions {
  std::string split;                           ///< empty in files of version 0.1 and before
  std::string samples_sum;                     ///< of the split they were made from, as samples_sum() gives it; empty: not known
  std::vector<int64_t> sample;                 ///< row of the split; in files without a split: row in the source
  std::vector<int32_t> labels;                 ///< by the model's classes; empty when there are none
  std::vector<int32_t> predicted;              ///< empty where the outputs are no exclusive classes
  int64_t classes = 0;                         ///< number of outputs
  std::vector<float> probability;              ///< {N, classes}; for regression the outputs
  std::vector<float> targets;                  ///< {N, classes} where the outputs are targets and the data has them
  bool independent = false;                    ///< each output is the probability of a yes
};

struct EvaluateOptions {
  int64_t batch = 256;
  int k = 5;                 ///< of top_k
  bool confusion = false;    ///< keep the confusion matrix, whatever its size; else below most_confused classes
  bool scores = true;        ///< keep all outputs for the area under the ROC curve
  Budget budget{};
  std::function<void(int64_t done, int64_t samples)> progress{};
  static constexpr int64_t most_confused = 1000;
};

/// One pass over the split. Error: a raw sample shape other than the model's, labels beyond the model's outputs, no
/// labels or targets, outputs that are not numbers.
Metrics evaluate(const Model& model, const Dataset& data, const std::string& split, Backend& backend,
                 const EvaluateOptions& options = {});
/// rows: of the split, all when empty. Needs no labels.
Predictions predict(const Model& model, const Dataset& data, const std::string& split, std::span<const int64_t> rows,
                    Backend& backend, const EvaluateOptions& options = {});

/// names: of the classes, or of the targets where the outputs are no classes.
std::vector<std::byte> write_metrics(const std::vector<Metrics>& metrics, const std::vector<std::string>& names,
                                     const h5::Provenance& provenance, bool compress);
std::vector<Metrics> read_metrics(const h5::Reader& file);
std::vector<std::byte> write_predictions(const Predictions& p, const std::vector<std::string>& names,
                                         const h5::Provenance& provenance, bool compress);
Predictions read_predictions(const h5::Reader& file);
/// The names of the classes or targets in a metrics or predictions file.
std::vector<std::string> read_output_names(const h5::Reader& file);
/// Those of a model: its classes where its outputs are classes, else its targets.
std::vector<std::string> output_names(const Model& model);

}  // namespace nn
