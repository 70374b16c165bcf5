// SPDX-License-Identifier: MIT
// The options of nn-compare.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/options.h"
#include "base/text/output_form.h"
#include "results/compare/comparison.h"
#include "results/compare/run.h"

namespace nn {

/// text, md, tex, tsv, csv, json and html.
std::span<const OutputForm> comparison_forms();

/// Names between commas, but for those in brackets: "test.recall[a,b],seconds". UsageError for an empty one.
std::vector<std::string> names_in(const char* option, const std::vector<std::string>& texts);

struct CompareOptions {
  std::vector<std::string> files, group_by, metric;
  std::string report, baseline, format, sort, interval = "t", epoch = "weights";
  double level = 0.95;
  int resamples = 10000;
  double tolerance = 0;
  bool keys = false, leaderboard = false, confusion = false, predictions = false, allow_mixed = false;

  void declare(OptionSet& set);
  /// UsageError for options that do not go together, or have no effect.
  void check(const OptionSet& set) const;
  /// The same, once it is known what the files are.
  void check(const OptionSet& set, std::span<const ComparedRun> runs) const;
  ComparisonSettings settings(uint64_t seed) const;
  AtEpoch at_epoch() const;
};

/// What is said beside the output.
struct CompareSaid {
  std::string failure;             ///< where predictors are not equal
  std::vector<std::string> notes;  ///< on the data, where the form has no place for them
};

/// What nn-compare writes, in one of comparison_forms().
std::string comparison_text(std::span<const ComparedRun> runs, const CompareOptions& options, uint64_t seed,
                            const std::string& form, CompareSaid& said);

}  // namespace nn
