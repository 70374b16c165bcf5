// SPDX-License-Identifier: MIT
#include "plot/result_table.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "train/report.h"

namespace nn {

Json number_cell(double value) {
  if (std::isfinite(value) && value == std::floor(value) && std::fabs(value) < 9e15) return Json(static_cast<int64_t>(value));
  return std::isfinite(value) ? Json(value) : Json();
}

Json float_cell(float value) {
  if (!std::isfinite(value)) return Json();
  double shortest = 0;  // the shortest text of the float, not of the double beside it
  parse_value(fmt::format("{}", value), shortest);
  return number_cell(shortest);
}

Json setting_json(const std::string& text) {
  if (text == "true" || text == "false") return Json(text == "true");
  try {
    if (int64_t whole = 0; text.find_first_not_of("-0123456789") == std::string::npos) {
      parse_value(text, whole);
      if (value_text(whole) == text) return Json(whole);
    } else if (double number = 0; text.find_first_not_of("-+.0123456789e") == std::string::npos) {
      parse_value(text, number);
      return Json(number);
    }
  } catch (const UsageError&) {  // no number
  }
  return Json(text);
}

h5::Columns read_history(const h5::Reader& model, const std::string& group) {
  h5::Columns columns;
  if (!model.has(group)) return columns;
  for (const std::string& name : model.children(group)) {
    const std::string path = group + "/" + name;
    if (model.is_group(path)) continue;
    columns.emplace_back(name, model.read(path).to_double());
    if (columns.back().second.size() != columns.front().second.size())
      throw Error(fmt::format("{}: {}: {} values, expected {} as in {}", model.name(), path, columns.back().second.size(),
                              columns.front().second.size(), columns.front().first));
  }
  return columns;
}

TextTable table_of(const h5::Columns& columns) {
  TextTable table;
  for (const auto& [name, values] : columns) {
    table.columns.push_back(name);
    table.rows.resize(values.size());
    for (size_t i = 0; i < values.size(); ++i) table.rows[i].push_back(name == "epoch" ? number_cell(values[i]) : std::isfinite(values[i]) ? Json(values[i]) : Json());
  }
  return table;
}

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
  for (size_t c = 0; c < k; ++c) table.columns.push_back(k > 1 && c < names.size() ? "p(" + names[c] + ")" : k == 1 && names.size() == 2 ? "p(" + names[1] + ")" : "p" + std::to_string(c));
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
  if (kind == "predictions") return typed ? predictions_cells(read_predictions(file), read_output_names(file), usual_top) : all_predictions(file);
  if (kind != "model") throw Error(file.name() + ": a " + kind + " holds no table of results");
  const h5::Columns history = read_history(file);
  if (history.empty()) throw Error(file.name() + ": no history: the model was not trained, or by --no-history");
  return table_of(history);
}

}  // namespace nn
