// SPDX-License-Identifier: MIT
// Runs a model over a split: metrics (nn-eval) and predictions (nn-predict).
#pragma once

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
  double loss = 0, accuracy = 0, top_k = 0;
  int k = 5;
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

/// Sums loss and counts hits over a split with a compiled network; used for validation and by evaluate.
Metrics evaluate(const Model& model, const Dataset& data, const std::string& split, Backend& backend, int64_t batch = 256);
/// rows: of the split, all when empty.
Predictions predict(const Model& model, const Dataset& data, const std::string& split, std::span<const int64_t> rows,
                    Backend& backend, int64_t batch = 256);

std::vector<std::byte> write_metrics(const std::vector<Metrics>& metrics, const std::vector<std::string>& classes,
                                     const h5::Provenance& provenance, bool compress);
std::vector<Metrics> read_metrics(const h5::Reader& file);
std::vector<std::byte> write_predictions(const Predictions& p, const std::vector<std::string>& classes,
                                         const h5::Provenance& provenance, bool compress);
Predictions read_predictions(const h5::Reader& file);

}  // namespace nn
