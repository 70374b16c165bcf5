// SPDX-License-Identifier: MIT
// Runs in groups, as the pictures of a comparison draw them. To add one that --show names: a file in lib/plot/compare
// with a function that makes it, and a row in compare_shows.cpp.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/text/json.h"
#include "h5/schema.h"
#include "plot/plot.h"
#include "results/compare/comparison.h"

namespace nn {

/// What nn-compare reads, and the histories of models.
struct ComparedFiles {
  std::vector<ComparedRun> runs;
  std::vector<h5::Columns> histories;  ///< by run; empty where it is no model, or has none
};
ComparedFiles read_compared_files(std::span<const h5::Reader> files, AtEpoch at);
/// The same of runs that were read from these files.
ComparedFiles compared_files(std::span<const h5::Reader> files, std::vector<ComparedRun> runs);

struct CompareChoice {
  ComparisonSettings settings{};  ///< its tests are not made
  std::string band = "interval";  ///< of curves: interval, sd or range
  std::string title{};            ///< empty: made from the metrics and keys
};

/// One value of --show. make: Error where the files do not hold what it shows. unused: options that have no effect on
/// it, between blanks.
struct CompareShow {
  const char* name;
  const char* summary;
  const char* unused;
  std::unique_ptr<Picture> (*make)(const ComparedFiles& files, const CompareChoice& choice);
  bool takes_metrics;                                                      ///< those of nn-compare
  bool (*can_show)(const ComparedFiles& files, const Grouping& grouping);  ///< in a report, which shows what it can
};
std::span<const CompareShow> compare_shows();
/// UsageError for an unknown name.
const CompareShow& find_show(const std::string& name);
/// What is shown of such files where nobody asks: curves of models, strip of metrics, reliability of predictions.
std::string usual_show(const ComparedFiles& files);

// For the files of this folder.

/// The groups and what they achieve in the metrics of choice.settings; refuses what nn-compare refuses.
Comparison compared_groups(const ComparedFiles& files, const CompareChoice& choice);
/// Names of the groups for axes and legends, each different from the others, at most that many columns.
std::vector<std::string> group_labels(const Grouping& grouping, size_t columns);
/// Columns "by_like", ...; "group" where there are no keys; and the cells of a group below them.
std::vector<std::string> group_columns(const Grouping& grouping);
std::vector<Json> group_cells(const Grouping& grouping, size_t group);
/// "WHAT by like, lr", "WHAT of 5 runs", "WHAT of FILE"; or the title that was asked for.
std::string compare_title(const CompareChoice& choice, const std::string& what, const Comparison& all,
                          std::span<const ComparedRun> runs);
/// "95 % interval of the mean", "95 % interval of the mean (bootstrap)".
std::string interval_words(const ComparisonSettings& settings);
/// "5 runs", "1 run".
std::string runs_words(int64_t n);
/// What is said of groups of one run, which have no `missing` ("interval"): nothing where there are none.
std::vector<std::string> lone_runs(const Grouping& grouping, const std::string& missing);
/// "val.accuracy, larger is better".
std::string metric_words(const std::string& metric);
/// Names with ", " between them.
std::string joined(const std::vector<std::string>& names);
/// Those of the metrics that are compared, joined.
std::string metric_names(const Comparison& all);

/// The outputs of exclusive classes are 0 to 1, and sum to 1. row: gets the place of one where they are not.
bool are_probabilities(const Predictions& predictions, size_t* row = nullptr);

/// What tells the reader how to read the picture, at the lower edge.
constexpr int caption_height = 22;
std::string caption_script(const std::string& text, int high, int wide);

std::unique_ptr<Picture> strip_of(const ComparedFiles& files, const CompareChoice& choice);
std::unique_ptr<Picture> curves_of(const ComparedFiles& files, const CompareChoice& choice);
std::unique_ptr<Picture> curves_by_time(const ComparedFiles& files, const CompareChoice& choice);
std::unique_ptr<Picture> time_of(const ComparedFiles& files, const CompareChoice& choice);
std::unique_ptr<Picture> reliability_of(const ComparedFiles& files, const CompareChoice& choice);
std::unique_ptr<Picture> classes_of(const ComparedFiles& files, const CompareChoice& choice);
std::unique_ptr<Picture> confusions_of(const ComparedFiles& files, const CompareChoice& choice);

}  // namespace nn
