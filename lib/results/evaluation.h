// SPDX-License-Identifier: MIT
// A model evaluated on one split, and its metrics as lines of name and value.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "results/metrics.h"
#include "results/training_record.h"

namespace nn {

/// A model judged on one split.
struct Evaluation {
  std::string model, data;
  std::vector<std::string> classes;  ///< names of the classes, or of the targets
  Metrics metrics;
  TrainingRecord training = {};  ///< of the model
};
/// One line of nn-eval: the name as --fail-under takes it ("accuracy", "recall[Shirt]"), its value, its text.
struct MetricLine {
  std::string name;
  double value;
  std::string text;
};
/// brief: n, loss, accuracy and top_k only, and mae, rmse and r2 of targets. Confusion cells of 0 are left out, and
/// metrics that the model does not have.
std::vector<MetricLine> metric_lines(const Metrics& metrics, const std::vector<std::string>& names, bool brief);

/// Over several targets.
double mean_of_targets(const std::vector<double>& values);

/// The name of a class or target, or its number where it has none.
std::string name_or_number(const std::vector<std::string>& names, int64_t i);

/// They are not all of one model.
bool of_several_models(const std::vector<Evaluation>& evaluations);

}  // namespace nn
