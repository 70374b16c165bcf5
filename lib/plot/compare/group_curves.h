// SPDX-License-Identifier: MIT
// Columns of the histories of models, joined over the runs of a group epoch by epoch.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "plot/compare/compared.h"

namespace nn {

/// One metric of one group by epoch.
struct GroupCurve {
  struct Place {
    double epoch = 0;
    double seconds = not_measured;  ///< of training until the end of that epoch, mean over the runs
    int64_t n = 0, failed = 0;      ///< runs with a number; and those that got so far, but have none
    double mean = not_measured;
    stats::Interval band;  ///< none of one run
  };
  std::vector<Place> places;
};

/// The runs with the metrics of their histories alone: "val.accuracy" of the column val_accuracy, "train.loss" of loss.
/// Error for a run without a history.
ComparedFiles only_histories(const ComparedFiles& files);
/// The metrics asked for; none: those of loss and accuracy that all runs have, of the validation before the training.
std::vector<std::string> curve_metrics(std::span<const ComparedRun> runs, const ComparisonSettings& settings);
/// Over the runs of a group.
GroupCurve group_curve(const ComparedFiles& files, const Group& group, const std::string& metric,
                       const CompareChoice& choice);

}  // namespace nn
