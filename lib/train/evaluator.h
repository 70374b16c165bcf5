// SPDX-License-Identifier: MIT
// Runs a model over a split: metrics (nn-eval) and predictions (nn-predict). The model's own preparation recipe is
// applied to the raw samples; the dataset's recipe is not.
#pragma once

#include <limits>
#include <span>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "base/log.h"
#include "data/dataset.h"
#include "model/model_file.h"

namespace nn {

struct Metrics {
  std::string split;
  int64_t n = 0;
  double loss = 0;                             ///< mean over the samples, without class weights and penalties
  double accuracy = std::numeric_limits<double>::quiet_NaN(), top_k = std::numeric_limits<double>::quiet_NaN();
  int k = 5;                                   ///< top_k: the label is among the k largest outputs
  std::vector<double> precision, recall, f1;   ///< by class; NaN where undefined
  std::vector<int64_t> support;
  std::vector<int64_t> confusion;              ///< {true, predicted}, K*K
  bool has_labels = false;
};

struct Predictions {
  std::vector<int64_t> sample;
  std::vector<int32_t> labels;                 ///< empty when there are none
  std::vector<int32_t> predicted;
  int64_t classes = 0;
  std::vector<float> probability;              ///< {N, classes}; for regression the outputs
};

/// One pass over the split. Error: a raw sample shape other than the model's, labels beyond the model's outputs, no
/// labels or targets, outputs that are not numbers.
Metrics evaluate(const Model& model, const Dataset& data, const std::string& split, Backend& backend, int64_t batch = 256,
                 int k = 5);
/// What a user should know before trusting the numbers: a recipe of the dataset's own that differs from the model's,
/// other class names. One warning each; empty when they agree.
std::vector<std::string> disagreements(const Model& model, const Dataset& data);
/// rows: of the split, all when empty. Needs no labels.
Predictions predict(const Model& model, const Dataset& data, const std::string& split, std::span<const int64_t> rows,
                    Backend& backend, int64_t batch = 256);

std::vector<std::byte> write_metrics(const std::vector<Metrics>& metrics, const std::vector<std::string>& classes,
                                     const h5::Provenance& provenance, bool compress);
std::vector<Metrics> read_metrics(const h5::Reader& file);
std::vector<std::byte> write_predictions(const Predictions& p, const std::vector<std::string>& classes,
                                         const h5::Provenance& provenance, bool compress);
Predictions read_predictions(const h5::Reader& file);

}  // namespace nn
