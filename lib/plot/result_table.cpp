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
  const std::vector<std::string> classes = h5::read_classes(file);
  TextTable table;
  table.columns = {"split", "metric", "value"};
  for (const Metrics& metrics : read_metrics(file))
    for (const MetricLine& line : metric_lines(metrics, classes, false))
      table.rows.push_back({metrics.split, line.name, number_cell(line.value)});
  return table;
}

TextTable predictions_table(const h5::Reader& file) {
  const std::vector<std::string> classes = h5::read_classes(file);
  const Predictions p = read_predictions(file);
  const auto k = static_cast<size_t>(p.classes);
  const auto name = [&](int32_t label) {
    return static_cast<size_t>(label) < classes.size() ? Json(classes[static_cast<size_t>(label)]) : Json(int64_t{label});
  };
  TextTable table;
  table.columns = {"sample"};
  if (!p.labels.empty()) table.columns.emplace_back("label");
  if (!p.predicted.empty()) table.columns.insert(table.columns.end(), {"predicted", "class"});
  for (size_t c = 0; c < k; ++c) table.columns.push_back(c < classes.size() ? "p(" + classes[c] + ")" : (p.predicted.empty() ? "output" : "p") + std::to_string(c));
  for (size_t i = 0; i < p.sample.size(); ++i) {
    std::vector<Json> row{Json(p.sample[i])};
    if (!p.labels.empty()) row.emplace_back(int64_t{p.labels[i]});
    if (!p.predicted.empty()) row.emplace_back(int64_t{p.predicted[i]}), row.push_back(name(p.predicted[i]));
    for (size_t c = 0; c < k; ++c) row.push_back(Json::parse(fmt::format("{}", p.probability[i * k + c])));
    table.rows.push_back(std::move(row));
  }
  return table;
}
}  // namespace

TextTable result_table(const h5::Reader& file) {
  const std::string kind = file.kind();
  if (kind == "metrics") return metrics_table(file);
  if (kind == "predictions") return predictions_table(file);
  if (kind != "model") throw Error(file.name() + ": a " + kind + " holds no table of results");
  const h5::Columns history = read_history(file);
  if (history.empty()) throw Error(file.name() + ": no history: the model was not trained, or by --no-history");
  return table_of(history);
}

}  // namespace nn
