// SPDX-License-Identifier: MIT
// Groups of runs compared in numbers: what each achieves, and how it differs from a baseline.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "results/compare/groups.h"
#include "results/compare/run.h"
#include "results/compare/samples.h"
#include "results/stats/bootstrap.h"
#include "results/stats/effect.h"
#include "results/stats/summary.h"
#include "results/stats/tests.h"

namespace nn {

struct ComparisonSettings {
  std::vector<std::string> group_by{}, metrics{};  ///< empty: as the files suggest
  std::string baseline{};                          ///< empty: the first group
  std::string sort{};                              ///< a key, or a metric; ",reverse" behind it; empty: as named
  bool with_bootstrap = false;                     ///< intervals by it instead of Student's t
  bool allow_mixed = false;                        ///< other data sets and splits
  bool with_tests = true;                          ///< false: the groups alone, as pictures show them
  stats::Bootstrap bootstrap{};                    ///< its level is that of all intervals
  double significance() const { return 1 - bootstrap.level; }
};

/// One metric of one group.
struct GroupResult {
  stats::Summary summary;           ///< of the runs with a number
  stats::Interval interval;         ///< of the mean
  std::vector<std::string> failed;  ///< files of the runs without one: their training went wrong
};

/// One metric of one group against the baseline.
struct Difference {
  bool paired = false;
  int64_t pairs = 0;
  stats::MeanTest mean;          ///< paired t, or Welch
  stats::Interval interval;      ///< of the difference, by t or by bootstrap
  stats::TestResult rank;        ///< Wilcoxon's signed ranks, or Mann-Whitney
  double better = not_measured;  ///< probability that a run of the group is better than one of the baseline
  stats::EffectSize effect;
  double mean_holm = not_measured, rank_holm = not_measured;  ///< corrected over all of the table
  /// In each group, for a power of 0.8 if the difference is the one seen, at the significance divided by the number of
  /// tests, as Holm's correction begins; 0: not known.
  int64_t runs_needed = 0;
};

struct MetricComparison {
  std::string name;  ///< without a split where the runs are of several, which was allowed
  bool smaller_is_better = false;
  std::vector<GroupResult> groups;
  std::vector<std::optional<Difference>> differences;  ///< by group; none of the baseline
};

/// Means over the runs of a group; NaN where no run says.
struct GroupCost {
  double parameters = not_measured, epochs = not_measured, seconds = not_measured, samples_per_second = not_measured;
};

struct Comparison {
  Grouping grouping;
  std::vector<GroupCost> costs;
  std::optional<size_t> baseline;  ///< none of a single group
  std::vector<std::string> paired_by;
  std::vector<MetricComparison> metrics;
  std::optional<SampleComparison> samples;  ///< of predictions
  std::vector<std::string> notes;  ///< sentences on the data: repeated seeds, runs without a number, several data sets
  double level = 0.95;
  bool with_bootstrap = false;
};

/// Refuses (Error, UsageError): no run, a run given twice, kinds mixed, a metric that runs lack (the files are listed),
/// other data sets or splits without allow_mixed, keys, metrics and groups that there are not.
Comparison compare_runs(std::span<const ComparedRun> runs, const ComparisonSettings& settings);

/// The parts of the above that other tables need, too.
void check_runs(std::span<const ComparedRun> runs);
/// Refuses two runs of one group that hold the same: trained again on another machine, say.
void check_copies(std::span<const ComparedRun> runs, const Grouping& grouping);
/// The sentence that says which models were trained on which data, where metrics or predictions of several are
/// compared; empty where there is one, none is known, or the groups are made by it.
std::string other_data_note(std::span<const ComparedRun> runs, const Grouping& grouping);
/// "accuracy" to "test.accuracy", the split that all runs have, test first; no names: accuracy, else rmse, else loss.
std::vector<std::string> metrics_asked(std::span<const ComparedRun> runs, const std::vector<std::string>& names,
                                       bool allow_mixed);
/// The split of which all runs have results by class. Error where there is none, or where they are no classes; asker:
/// "--confusion".
std::string split_of_classes(std::span<const ComparedRun> runs, const std::string& asker);
/// Error for runs of other classes than the first.
void check_classes(std::span<const ComparedRun> runs);
void check_data(std::span<const ComparedRun> runs, const std::vector<std::string>& metrics, bool allow_mixed);
/// Of that run; a name without split is that of any split. Null where it was not measured.
const double* value_of(const ComparedRun& run, const std::string& metric);
/// The pairs of two groups, by runs that agree in `keys`; none where the groups do not have the same ones, once each.
/// other: gets true where each group has each once, but they are not the same.
std::vector<std::pair<size_t, size_t>> pairs_of(std::span<const ComparedRun> runs, const Group& x, const Group& y,
                                                const std::vector<std::string>& keys, bool* other = nullptr);

}  // namespace nn
