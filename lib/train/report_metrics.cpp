// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "train/report.h"

namespace nn {
namespace {

std::string class_name(const std::vector<std::string>& classes, size_t c) {
  return c < classes.size() ? classes[c] : std::to_string(c);
}

std::string number_text(double value) { return std::isnan(value) ? "nan" : fmt::format("{:.6g}", value); }

void add(std::vector<MetricLine>& lines, std::string name, double value) {
  std::string text = number_text(value);
  lines.push_back({std::move(name), value, std::move(text)});
}

void add_count(std::vector<MetricLine>& lines, std::string name, int64_t value) {
  lines.push_back({std::move(name), static_cast<double>(value), std::to_string(value)});
}

Json json_number(double value) { return std::isnan(value) ? Json() : Json(value); }

/// A file that is not known has no name.
Json name_json(const std::string& name) { return name.empty() ? Json() : Json(name); }

/// Scalars between accuracy and the classes, in the order in which they are shown.
struct Scalar {
  const char* name;
  double Metrics::*value;
};
constexpr Scalar scalars[] = {{"exact_match", &Metrics::exact_match}, {"balanced_accuracy", &Metrics::balanced_accuracy},
                              {"macro_f1", &Metrics::macro_f1},       {"weighted_f1", &Metrics::weighted_f1},
                              {"auc", &Metrics::auc},                 {"ece", &Metrics::ece}};
/// Errors of a regression; over several targets their mean.
struct TargetMetric {
  const char* name;
  std::vector<double> Metrics::*values;
};
constexpr TargetMetric target_metrics[] = {{"mae", &Metrics::mae}, {"rmse", &Metrics::rmse}, {"r2", &Metrics::r2}};

/// An area that is not defined is shown, one that was not computed is not.
bool is_shown(const Metrics& m, const Scalar& scalar) { return !std::isnan(m.*scalar.value) || (scalar.value == &Metrics::auc && m.has_auc); }

double mean(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size()); }

Json confusion_json(const Metrics& m) {
  if (m.confusion.empty()) return Json();
  Json::Array rows;
  const size_t k = m.support.size();
  for (size_t c = 0; c < k; ++c) {
    Json::Array cells;
    for (size_t j = 0; j < k; ++j) cells.emplace_back(m.confusion[c * k + j]);
    rows.emplace_back(std::move(cells));
  }
  return Json(std::move(rows));
}

/// Names and values of the lines of --brief.
Json brief_json(const Verdict& v) {
  Json::Object object;
  object.emplace_back("model", name_json(v.model));
  object.emplace_back("data", name_json(v.data));
  object.emplace_back("split", v.metrics.split);
  for (const MetricLine& line : metric_lines(v.metrics, v.classes, true))
    object.emplace_back(line.name, line.name == "n" ? Json(v.metrics.n) : json_number(line.value));
  return Json(std::move(object));
}

Json verdict_json(const Verdict& v) {
  const Metrics& m = v.metrics;
  Json::Object object;
  object.emplace_back("model", name_json(v.model));
  object.emplace_back("data", name_json(v.data));
  object.emplace_back("split", m.split);
  object.emplace_back("n", m.n);
  object.emplace_back("loss", json_number(m.loss));
  const bool judged = m.has_labels || m.independent;  // a regression has nothing of classes
  if (judged) object.emplace_back("accuracy", json_number(m.accuracy));
  if (m.has_labels) object.emplace_back("top_k", Json(Json::Object{{std::to_string(m.k), json_number(m.top_k)}}));
  for (const Scalar& scalar : scalars)
    if (is_shown(m, scalar)) object.emplace_back(scalar.name, json_number(m.*scalar.value));
  Json::Array classes, targets;
  for (size_t c = 0; c < m.support.size(); ++c) {
    Json::Object row;
    row.emplace_back(m.independent ? "target" : "class", class_name(v.classes, c));
    row.emplace_back("precision", json_number(m.precision[c]));
    row.emplace_back("recall", json_number(m.recall[c]));
    row.emplace_back("f1", json_number(m.f1[c]));
    row.emplace_back("support", m.support[c]);
    classes.emplace_back(std::move(row));
  }
  for (size_t t = 0; t < m.mae.size(); ++t) {
    Json::Object row;
    row.emplace_back("target", class_name(v.classes, t));
    for (const TargetMetric& metric : target_metrics) row.emplace_back(metric.name, json_number((m.*metric.values)[t]));
    targets.emplace_back(std::move(row));
  }
  for (const TargetMetric& metric : target_metrics)
    if (!m.mae.empty()) object.emplace_back(metric.name, json_number(mean(m.*metric.values)));
  if (!targets.empty()) object.emplace_back("per_target", Json(std::move(targets)));
  if (judged) object.emplace_back("per_class", Json(std::move(classes)));
  if (m.has_labels) object.emplace_back("confusion", confusion_json(m));
  return Json(std::move(object));
}

bool several_models(const std::vector<Verdict>& verdicts) {
  return std::any_of(verdicts.begin(), verdicts.end(), [&](const Verdict& v) { return v.model != verdicts[0].model; });
}

}  // namespace

std::vector<MetricLine> metric_lines(const Metrics& m, const std::vector<std::string>& classes, bool brief) {
  std::vector<MetricLine> lines;
  add_count(lines, "n", m.n);
  add(lines, "loss", m.loss);
  if (!std::isnan(m.accuracy)) add(lines, "accuracy", m.accuracy);
  if (m.has_labels) add(lines, fmt::format("top_{}", m.k), m.top_k);
  for (const TargetMetric& metric : target_metrics)
    if (brief && !m.mae.empty()) add(lines, metric.name, mean(m.*metric.values));
  if (brief) return lines;
  for (const Scalar& scalar : scalars)
    if (is_shown(m, scalar)) add(lines, scalar.name, m.*scalar.value);
  for (const TargetMetric& metric : target_metrics)
    if (!m.mae.empty()) add(lines, metric.name, mean(m.*metric.values));
  for (size_t t = 0; m.mae.size() > 1 && t < m.mae.size(); ++t)
    for (const TargetMetric& metric : target_metrics) add(lines, fmt::format("{}[{}]", metric.name, class_name(classes, t)), (m.*metric.values)[t]);
  const size_t k = m.support.size();
  for (size_t c = 0; c < k; ++c) {
    const std::string name = class_name(classes, c);
    add(lines, "precision[" + name + "]", m.precision[c]);
    add(lines, "recall[" + name + "]", m.recall[c]);
    add(lines, "f1[" + name + "]", m.f1[c]);
    add_count(lines, "support[" + name + "]", m.support[c]);
  }
  for (size_t c = 0; c < k && !m.confusion.empty(); ++c)
    for (size_t j = 0; j < k; ++j)
      if (m.confusion[c * k + j])
        add_count(lines, "confusion[" + class_name(classes, c) + "," + class_name(classes, j) + "]", m.confusion[c * k + j]);
  return lines;
}

TextTable metrics_table(const std::vector<Verdict>& verdicts, bool brief) {
  TextTable table;
  const bool models = several_models(verdicts);
  table.columns = {"split", "metric", "value"};
  if (models) table.columns.insert(table.columns.begin(), "model");
  for (const Verdict& v : verdicts)
    for (MetricLine& line : metric_lines(v.metrics, v.classes, brief)) {
      table.rows.emplace_back();
      if (models) table.rows.back().emplace_back(v.model);
      for (const std::string& text : {v.metrics.split, line.name, line.text}) table.rows.back().emplace_back(text);
    }
  return table;
}

std::string metrics_json(const std::vector<Verdict>& verdicts, bool brief) {
  const auto json = brief ? brief_json : verdict_json;
  if (verdicts.size() == 1) return json(verdicts[0]).dump(2) + "\n";
  Json::Array all;
  for (const Verdict& v : verdicts) all.push_back(json(v));
  return Json(std::move(all)).dump(2) + "\n";
}

}  // namespace nn
