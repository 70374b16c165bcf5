// SPDX-License-Identifier: MIT
// Sums over the samples of one pass, batch by batch, and the metrics made of them.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "results/calibration.h"
#include "results/metrics.h"
#include "results/outputs.h"

namespace nn {

class MetricAccumulator {
 public:
  /// What is kept beside the sums of loss and hits; training needs none of it.
  struct Keep {
    bool classes = false;    ///< by class: precision, recall, F1; calibration
    bool confusion = false;  ///< K*K counts
    bool scores = false;     ///< every output, for the area under the ROC curve
    int64_t targets = 0;     ///< outputs that are targets, 0 when they are classes
  };
  /// classes: 0 for regression, where only the loss is summed. k: of top_k, at most the classes.
  MetricAccumulator(OutputKind kind, int64_t classes, int k);
  MetricAccumulator(OutputKind kind, int64_t classes, int k, const Keep& keep);
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
  void add_class(std::span<const float> outputs, int32_t label, int32_t found);
  void add_targets(std::span<const float> outputs, std::span<const float> targets);
  void add_independent(std::span<const float> outputs, std::span<const float> targets);
  void finish_targets(Metrics& m) const;
  void finish_classes(Metrics& m) const;

  OutputKind kind_;
  int64_t classes_;
  Keep keep_;
  Metrics sums_;
  int64_t hits_ = 0, top_hits_ = 0, exact_ = 0, seen_ = 0;
  std::vector<int64_t> right_;  ///< by class
  Calibration calibration_;
  std::vector<Sums> targets_;
  std::array<double, 3> sample_sums_{};
  double cosines_ = 0;
  bool binary_ = true;         ///< all targets are 0 or 1
  std::vector<float> scores_;  ///< {n, width}
  std::vector<int32_t> score_labels_;
  std::vector<float> score_targets_, probability_;
};

}  // namespace nn
