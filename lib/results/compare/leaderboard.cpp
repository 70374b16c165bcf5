// SPDX-License-Identifier: MIT
#include "results/compare/leaderboard.h"

#include <algorithm>
#include <cmath>

#include "results/cells.h"
#include "results/compare/digits.h"
#include "results/compare/sorting.h"

namespace nn {
namespace {

std::vector<std::string> keys_of(std::span<const ComparedRun> runs, const std::vector<std::string>& asked) {
  std::vector<std::string> keys = group_runs(runs, asked).keys;
  if (!asked.empty()) return keys;
  for (const KeyValues& one : differing_keys(runs))
    if (one.key == "seed") keys.push_back(one.key);
  return keys;
}

}  // namespace

Leaderboard leaderboard(std::span<const ComparedRun> runs, const ComparisonSettings& settings) {
  check_runs(runs);
  Leaderboard board;
  board.metrics = metrics_asked(runs, settings.metrics, settings.allow_mixed);
  check_data(runs, board.metrics, settings.allow_mixed);
  if (const std::string note = other_data_note(runs, {settings.group_by, {}}); !note.empty())
    board.notes.push_back(note);
  board.keys = keys_of(runs, settings.group_by);
  const SortOrder order = settings.sort.empty() ? SortOrder{board.metrics[0], false} : sort_order(settings.sort);
  const auto key = std::find(board.keys.begin(), board.keys.end(), order.name);
  const bool by_key = key != board.keys.end();
  board.ranked_by =
      by_key ? order.name : sort_metric(runs, order.name, board.metrics, board.keys, settings.allow_mixed);
  const bool smaller = smaller_is_better(board.ranked_by) != order.reverse;
  const auto before = [&](const ComparedRun& a, const ComparedRun& b) {
    if (!by_key) return better_before(*value_of(a, board.ranked_by), *value_of(b, board.ranked_by), smaller);
    return order.reverse ? value_before(key_value(b, *key), key_value(a, *key))
                         : value_before(key_value(a, *key), key_value(b, *key));
  };
  std::vector<const ComparedRun*> sorted;
  for (const ComparedRun& run : runs) sorted.push_back(&run);
  std::stable_sort(sorted.begin(), sorted.end(), [&](const auto* a, const auto* b) { return before(*a, *b); });
  for (size_t i = 0; i < sorted.size(); ++i) {
    const bool tied = i > 0 && !before(*sorted[i - 1], *sorted[i]);
    Leaderboard::Row row{tied ? board.rows.back().rank : static_cast<int64_t>(i) + 1, sorted[i]->file, {}, {}};
    for (const std::string& one : board.keys) row.values.push_back(key_value(*sorted[i], one));
    for (const std::string& one : board.metrics) row.metrics.push_back(*value_of(*sorted[i], one));
    board.rows.push_back(std::move(row));
  }
  return board;
}

TextTable leaderboard_table(const Leaderboard& board) {
  TextTable table;
  table.columns = {"rank"};
  for (const std::string& key : board.keys) table.columns.push_back("by_" + key);
  table.columns.insert(table.columns.end(), board.metrics.begin(), board.metrics.end());
  table.columns.emplace_back("file");
  for (const Leaderboard::Row& row : board.rows) {
    table.rows.push_back({Json(row.rank)});
    for (const std::string& value : row.values) table.rows.back().emplace_back(value);
    for (const double value : row.metrics) table.rows.back().push_back(number_cell(value));
    table.rows.back().emplace_back(row.file);
  }
  return table;
}

Page leaderboard_page(const Leaderboard& board) {
  Block block{"ranked by " + board.ranked_by, {"rank"}, {}, 1};
  block.columns.insert(block.columns.end(), board.keys.begin(), board.keys.end());
  block.columns.emplace_back("file");
  block.words = block.columns.size();
  block.columns.insert(block.columns.end(), board.metrics.begin(), board.metrics.end());
  std::vector<int> digits;
  for (size_t m = 0; m < board.metrics.size(); ++m) {
    std::vector<double> values;
    for (const Leaderboard::Row& row : board.rows)
      if (std::isfinite(row.metrics[m])) values.push_back(row.metrics[m]);
    digits.push_back(decimals_for(values, std::vector<double>{stats::deviation_of(values) / 10}));
  }
  for (const Leaderboard::Row& row : board.rows) {
    std::vector<std::string> cells{std::to_string(row.rank)};
    cells.insert(cells.end(), row.values.begin(), row.values.end());
    cells.push_back(row.file);
    for (size_t m = 0; m < digits.size(); ++m) {
      const double value = row.metrics[m];
      const int own = row_decimals(digits[m], decimals_for(std::vector<double>{value}, {}));
      cells.push_back(std::isfinite(value) ? fixed_text(value, own) : "nan");
    }
    block.rows.push_back(std::move(cells));
  }
  return {"leaderboard by " + board.ranked_by, {block}, board.notes};
}

TextTable keys_table(std::span<const ComparedRun> runs) {
  TextTable table;
  table.columns = {"key", "value", "runs"};
  for (const KeyValues& one : differing_keys(runs))
    if (one.key != "file")
      for (const auto& [value, count] : one.values) table.rows.push_back({Json(one.key), Json(value), Json(count)});
  return table;
}

Page page_of(const TextTable& table, const std::string& title, size_t words) {
  Block block{title, table.columns, {}, words};
  for (const auto& row : table.rows) {
    block.rows.emplace_back();
    for (const Json& cell : row) block.rows.back().push_back(cell_text(cell));
  }
  return {title, {block}, {}};
}

}  // namespace nn
