// SPDX-License-Identifier: MIT
// Runs in groups by the keys in which they differ.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "results/compare/run.h"

namespace nn {

struct Group {
  std::vector<std::string> values;  ///< of the keys of the grouping
  std::vector<size_t> runs;         ///< places among the runs
  std::string name() const;         ///< the values joined by ", "; "all runs" without keys
};

struct Grouping {
  std::vector<std::string> keys;
  std::vector<Group> groups;  ///< in the order in which their first runs were named
  /// For sentences: "keras", but "lr=0.1" and "like=keras, lr=0.1" where the values alone are not clear.
  std::string clear_name(size_t group) const;
};

/// A key in which the runs differ, and its values with the number of runs that have each.
struct KeyValues {
  std::string key;
  std::vector<std::pair<std::string, int64_t>> values;
};
std::vector<KeyValues> differing_keys(std::span<const ComparedRun> runs);

/// The value of a key, "none" where the run has none.
std::string key_value(const ComparedRun& run, const std::string& key);

/// By these keys; none: by those in which the runs differ, but for seed and is_of_place(), and for a key that
/// distinguishes no more than those before it. UsageError for a key that no run has.
Grouping group_runs(std::span<const ComparedRun> runs, const std::vector<std::string>& keys);

/// Keys that vary inside the groups, seed first: runs of two groups are a pair where they agree in all of them.
std::vector<std::string> pairing_keys(std::span<const ComparedRun> runs, const Grouping& grouping);

/// The group of that name: its values joined by ", " or ",", "key=value" of a key, or a value that one group alone has.
/// UsageError for none or several.
size_t find_group(const Grouping& grouping, const std::string& name);

}  // namespace nn
