// SPDX-License-Identifier: MIT
// Predictions compared sample by sample: do these networks differ on more samples like those that were measured?
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "results/compare/groups.h"
#include "results/compare/run.h"
#include "results/stats/bootstrap.h"

namespace nn {

/// McNemar's exact test of two runs.
struct SampleTest {
  std::string file, baseline_file;
  int64_t only_group = 0, only_baseline = 0;       ///< samples that only one of them has right
  double p = not_measured, p_holm = not_measured;  ///< corrected over all of these tests
};
/// Of a group from the baseline.
struct SampleDifference {
  double difference = not_measured;  ///< of the means over the runs
  stats::Interval interval;          ///< bootstrap over the samples, the same ones of all runs
  std::vector<SampleTest> tests;     ///< by pair; empty where runs are not paired, and of targets
};
struct SampleComparison {
  std::string metric;  ///< accuracy, or mse of targets
  int64_t samples = 0;
  std::vector<std::optional<SampleDifference>> groups;  ///< none of the baseline
};

/// Error where the runs do not predict the same samples with the same labels. pairs: of each group with the baseline.
SampleComparison compare_samples(std::span<const ComparedRun> runs, const Grouping& grouping, size_t baseline,
                                 std::span<const std::vector<std::pair<size_t, size_t>>> pairs,
                                 const stats::Bootstrap& how);
/// Error unless both are of the same samples in the same order, with the same labels and outputs.
void check_same_samples(const ComparedRun& a, const ComparedRun& b);

/// Two predictors compared value by value.
struct Equality {
  std::string a, b;
  int64_t samples = 0, outputs = 0, other_classes = 0, beyond = 0;  ///< values beyond the tolerance
  double tolerance = 0, most = 0;                                   ///< largest difference
  int64_t sample = 0;                                               ///< where that is: row of the split,
  std::string output;                                               ///< and class or target
  bool holds() const { return beyond == 0; }
};
Equality compare_predictors(const ComparedRun& a, const ComparedRun& b, double tolerance);

/// Confusion matrices of the baseline and of a group, means over their runs, {true, predicted}.
struct ConfusionDifference {
  std::string split, group, baseline;
  std::vector<std::string> classes;
  std::vector<double> of_group, of_baseline;
};
/// Error unless all runs have one, of the same classes.
ConfusionDifference confusion_difference(std::span<const ComparedRun> runs, const Grouping& grouping, size_t baseline,
                                         const std::string& split);

}  // namespace nn
