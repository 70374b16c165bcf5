// SPDX-License-Identifier: MIT
#include "results/result_table.h"

#include <algorithm>

#include "results/cells.h"
#include "results/evaluation.h"
#include "results/history.h"
#include "results/metrics_file.h"
#include "results/predictions_file.h"
#include "results/predictions_table.h"

namespace nn {
namespace {

TextTable metrics_table(const h5::Reader& file) {
  const std::vector<std::string> classes = read_output_names(file);
  TextTable table;
  table.columns = {"split", "metric", "value"};
  for (const Metrics& metrics : read_metrics(file))
    for (const MetricLine& line : metric_lines(metrics, classes, false))
      table.rows.push_back({metrics.split, line.name, number_cell(line.value)});
  return table;
}

/// The columns of nn-predict, and behind them the probability of each class.
TextTable all_predictions(const h5::Reader& file) {
  const std::vector<std::string> names = read_output_names(file);
  const Predictions p = read_predictions(file);
  TextTable table = predictions_table(p, names, 0);
  const auto k = static_cast<size_t>(p.classes);
  if (p.predicted.empty()) return table;
  for (size_t c = 0; c < k; ++c)
    table.columns.push_back(k > 1 && c < names.size()     ? "p(" + names[c] + ")"
                            : k == 1 && names.size() == 2 ? "p(" + names[1] + ")"
                                                          : "p" + std::to_string(c));
  for (size_t i = 0; i < table.rows.size(); ++i)
    for (size_t c = 0; c < k; ++c) table.rows[i].push_back(float_cell(p.probability[i * k + c]));
  return table;
}
}  // namespace

void append_table(TextTable& all, const std::string& file, const TextTable& one) {
  if (all.columns.empty()) all.columns.emplace_back("file");
  std::vector<size_t> places;
  for (const std::string& name : one.columns) {
    const auto at = std::ranges::find(all.columns, name);
    places.push_back(static_cast<size_t>(at - all.columns.begin()));
    if (at == all.columns.end()) all.columns.push_back(name);
  }
  for (auto& row : all.rows) row.resize(all.columns.size());
  for (const auto& row : one.rows) {
    all.rows.emplace_back(all.columns.size());
    all.rows.back()[0] = Json(file);
    for (size_t c = 0; c < row.size(); ++c) all.rows.back()[places[c]] = row[c];
  }
}

TextTable result_table(const h5::Reader& file, bool typed) {
  const std::string kind = file.kind();
  if (kind == "metrics") return metrics_table(file);
  if (kind == "predictions")
    return typed ? predictions_cells(read_predictions(file), read_output_names(file), usual_top)
                 : all_predictions(file);
  if (kind != "model") throw Error(file.name() + ": a " + kind + " holds no table of results");
  const h5::Columns history = read_history(file);
  if (history.empty()) throw Error(file.name() + ": no history: the model was not trained, or by --no-history");
  return table_of(history);
}

}  // namespace nn
