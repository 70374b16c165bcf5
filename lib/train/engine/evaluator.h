// SPDX-License-Identifier: MIT
// Runs a model over a split: metrics (nn-eval) and predictions (nn-predict). The model's own preparation recipe is
// applied to the raw samples; the dataset's recipe is not. Names are matched by align() (train/engine/align.h).
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "base/log.h"
#include "base/system/budget.h"
#include "data/dataset.h"
#include "model/model_file.h"
#include "results/metrics.h"
#include "results/outputs.h"
#include "results/predictions.h"
#include "train/engine/align.h"

namespace nn {

struct Task;

struct EvaluateOptions {
  int64_t batch = 256;
  int k = 5;               ///< of top_k
  bool confusion = false;  ///< keep the confusion matrix, whatever its size; else below most_confused classes
  bool scores = true;      ///< keep all outputs for the area under the ROC curve
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

/// The parts of predict(), for outputs that are made in another way. rows_or_all: all of the split when there are none;
/// Error when there are none in the split either.
std::vector<int64_t> rows_or_all(const Split& split, std::span<const int64_t> rows);
/// What the split has for these rows; room for the outputs is asked of the budget.
Predictions begin_predictions(const Task& task, const Split& split, std::span<const int64_t> rows,
                              const EvaluateOptions& options);
/// Outputs of the network for these rows, {rows, outputs}. data: as align() gives it for the model. Error when one is
/// not a number.
std::vector<float> outputs_of(const Model& model, const Dataset& data, const std::string& split,
                              std::span<const int64_t> rows, Backend& backend, const EvaluateOptions& options);
/// The outputs as probabilities, and the classes decided by them.
void finish_predictions(Predictions& predictions, std::vector<float> outputs, OutputKind kind);

/// Those of a model: its classes where its outputs are classes, else its targets.
std::vector<std::string> output_names(const Model& model);

}  // namespace nn
