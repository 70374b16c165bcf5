// SPDX-License-Identifier: MIT
// The order of groups and of runs: --sort.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "results/compare/run.h"

namespace nn {

struct SortOrder {
  std::string name;  ///< a key or a metric
  bool reverse = false;
};
/// "lr" or "lr,reverse". UsageError for anything else behind the comma.
SortOrder sort_order(const std::string& text);

/// Of two values of a key: numbers by size and before words, these by letters.
bool value_before(const std::string& a, const std::string& b);
/// The better one first, what is no number last.
bool better_before(double a, double b, bool smaller_is_better);
/// The metric of that name: of those that are shown, else any that all runs have. UsageError names the keys, too.
std::string sort_metric(std::span<const ComparedRun> runs, const std::string& name,
                        const std::vector<std::string>& shown, const std::vector<std::string>& keys, bool allow_mixed);

}  // namespace nn
