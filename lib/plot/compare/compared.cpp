// SPDX-License-Identifier: MIT
#include "plot/compare/compared.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "plot/gnuplot.h"
#include "plot/short_names.h"
#include "results/history.h"

namespace nn {

ComparedFiles read_compared_files(std::span<const h5::Reader> files, AtEpoch at) {
  std::vector<ComparedRun> runs;
  for (const h5::Reader& file : files) runs.push_back(read_compared_run(file, at));
  return compared_files(files, std::move(runs));
}

ComparedFiles compared_files(std::span<const h5::Reader> files, std::vector<ComparedRun> runs) {
  ComparedFiles all{std::move(runs), {}};
  for (const h5::Reader& file : files)
    all.histories.push_back(file.kind() == "model" ? read_history(file) : h5::Columns{});
  return all;
}

Comparison compared_groups(const ComparedFiles& files, const CompareChoice& choice) {
  ComparisonSettings settings = choice.settings;
  settings.with_tests = false;
  return compare_runs(files.runs, settings);
}

std::vector<std::string> group_labels(const Grouping& grouping, size_t columns) {
  std::vector<std::string> names;
  for (size_t g = 0; g < grouping.groups.size(); ++g) names.push_back(printable(grouping.clear_name(g)));
  return short_names(names, columns);
}

std::vector<std::string> group_columns(const Grouping& grouping) {
  std::vector<std::string> columns;
  for (const std::string& key : grouping.keys) columns.push_back("by_" + key);
  return columns.empty() ? std::vector<std::string>{"group"} : columns;
}

std::vector<Json> group_cells(const Grouping& grouping, size_t group) {
  const Group& one = grouping.groups[group];
  std::vector<Json> cells;
  for (const std::string& value : one.values) cells.emplace_back(value);
  return cells.empty() ? std::vector<Json>{Json(one.name())} : cells;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string metric_names(const Comparison& all) {
  std::vector<std::string> names;
  for (const MetricComparison& metric : all.metrics) names.push_back(metric.name);
  return joined(names);
}

std::string compare_title(const CompareChoice& choice, const std::string& what, const Comparison& all,
                          std::span<const ComparedRun> runs) {
  if (!choice.title.empty()) return choice.title;
  if (!all.grouping.keys.empty()) return what + " by " + joined(all.grouping.keys);
  return what + " of " + (runs.size() == 1 ? runs[0].file : runs_words(static_cast<int64_t>(runs.size())));
}

std::string interval_words(const ComparisonSettings& settings) {
  return fmt::format("{:.4g} % interval of the mean{}", 100 * settings.bootstrap.level,
                     settings.with_bootstrap ? " (bootstrap)" : "");
}

std::string runs_words(int64_t n) { return fmt::format("{} run{}", n, n == 1 ? "" : "s"); }

std::vector<std::string> lone_runs(const Grouping& grouping, const std::string& missing) {
  constexpr size_t named = 3;
  std::vector<std::string> names;
  for (size_t g = 0; g < grouping.groups.size(); ++g)
    if (grouping.groups[g].runs.size() == 1) names.push_back(printable(grouping.clear_name(g)));
  if (names.empty()) return {};
  const std::string who = names.size() > named ? fmt::format("{} groups", names.size()) : joined(names);
  return {fmt::format("{}: one run shows no spread, and no {} is drawn", who, missing)};
}

std::string metric_words(const std::string& metric) {
  return metric + (smaller_is_better(metric) ? ", smaller is better" : ", larger is better");
}

std::string caption_script(const std::string& text, int high, int wide) {
  return fmt::format("set label {} at screen 0.5,{:.5f} center font ',9' textcolor rgb '#606060'\n",
                     gnuplot_quote(short_names({text}, static_cast<size_t>(wide / 6))[0]), 11.0 / high);
}

}  // namespace nn
