// SPDX-License-Identifier: MIT
// One trained network among those that are compared: how it was made, and what it achieves.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "h5/reading/reader.h"
#include "results/metrics.h"
#include "results/predictions.h"

namespace nn {

/// Which row of a model's history counts: that of its weights, the last one, or the best one of each metric.
enum class AtEpoch { weights, last, best };

struct ComparedRun {
  std::string file, kind;  ///< as named; model, metrics or predictions
  std::string identity;    ///< equal for the same content, made with the same settings
  /// What it was made with, "like" to "keras": settings first, then where it ran, "data", "folder" and "file".
  std::vector<std::pair<std::string, std::string>> keys;
  /// What it achieves, "test.accuracy" to 0.91, and "parameters", "epochs", "seconds", "samples_per_second"; NaN where
  /// a training went wrong. What was not measured is not there.
  std::vector<std::pair<std::string, double>> metrics;
  /// By split what tells whether two runs were measured on the same samples; empty: not known.
  std::map<std::string, std::string> samples;
  std::vector<std::string> outputs;                ///< names of the classes or targets
  std::vector<Metrics> measured;                   ///< of metrics and predictions, by split
  std::shared_ptr<const Predictions> predictions;  ///< of predictions only

  const std::string* key(const std::string& name) const;
  const double* metric(const std::string& name) const;
};

/// Error for a dataset, and for a file that holds no results.
ComparedRun read_compared_run(const h5::Reader& file, AtEpoch at);

/// Of "test.loss", "seconds", ...: whether less of it is better.
bool smaller_is_better(const std::string& metric);
/// "test" of "test.accuracy", empty of "seconds".
std::string split_of(const std::string& metric);

/// Keys that say where a run was made or is kept, not how: no group is made by them unless asked for.
bool is_of_place(const std::string& key);

}  // namespace nn
