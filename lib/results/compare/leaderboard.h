// SPDX-License-Identifier: MIT
// Tables of runs one by one: a ranking, and the keys in which they differ.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/text/table.h"
#include "results/compare/comparison.h"
#include "results/compare/page.h"

namespace nn {

/// Runs in order, best first by the first metric or as `sort` says; equal values share a rank.
struct Leaderboard {
  std::vector<std::string> keys, metrics;
  struct Row {
    int64_t rank;
    std::string file;
    std::vector<std::string> values;  ///< of the keys
    std::vector<double> metrics;      ///< NaN where the training went wrong
  };
  std::vector<Row> rows;
  std::string ranked_by;
  std::vector<std::string> notes;  ///< on the data
};
/// keys: those asked for, else those of the usual groups and the seed where it differs.
Leaderboard leaderboard(std::span<const ComparedRun> runs, const ComparisonSettings& settings);
TextTable leaderboard_table(const Leaderboard& board);
Page leaderboard_page(const Leaderboard& board);

/// Columns key, value and runs.
TextTable keys_table(std::span<const ComparedRun> runs);
/// A table as it is, the first columns words.
Page page_of(const TextTable& table, const std::string& title, size_t words);

}  // namespace nn
