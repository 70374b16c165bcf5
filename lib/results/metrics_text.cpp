// SPDX-License-Identifier: MIT
#include "results/metrics_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/log.h"
#include "base/text/json.h"
#include "results/classification_report.h"
#include "results/metrics_file.h"

namespace nn {
namespace {

Json json_number(double value) { return std::isnan(value) ? Json() : Json(value); }

/// A file that is not known has no name.
Json name_json(const std::string& name) { return name.empty() ? Json() : Json(name); }

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
Json brief_json(const Evaluation& v) {
  Json::Object object;
  object.emplace_back("model", name_json(v.model));
  object.emplace_back("data", name_json(v.data));
  object.emplace_back("split", v.metrics.split);
  for (const MetricLine& line : metric_lines(v.metrics, v.classes, true))
    object.emplace_back(line.name, line.name == "n" ? Json(v.metrics.n) : json_number(line.value));
  return Json(std::move(object));
}

Json evaluation_json(const Evaluation& v) {
  const Metrics& m = v.metrics;
  Json::Object object;
  object.emplace_back("model", name_json(v.model));
  object.emplace_back("data", name_json(v.data));
  object.emplace_back("split", m.split);
  object.emplace_back("n", m.n);
  object.emplace_back("loss", json_number(m.loss));
  const bool judged = m.has_labels || m.independent;  // a regression has nothing of classes
  if (judged) object.emplace_back("accuracy", m.accuracy ? json_number(*m.accuracy) : Json());
  if (m.has_labels) object.emplace_back("top_k", Json(Json::Object{{std::to_string(m.k), json_number(m.top_k)}}));
  for (const ScalarMetric& scalar : scalar_metrics().subspan(1))
    if (const auto value = m.*scalar.value) object.emplace_back(scalar.name, json_number(*value));
  Json::Array classes, targets;
  for (size_t c = 0; c < m.support.size(); ++c) {
    Json::Object row;
    row.emplace_back(m.independent ? "target" : "class", name_or_number(v.classes, c));
    row.emplace_back("precision", json_number(m.precision[c]));
    row.emplace_back("recall", json_number(m.recall[c]));
    row.emplace_back("f1", json_number(m.f1[c]));
    row.emplace_back("support", m.support[c]);
    classes.emplace_back(std::move(row));
  }
  for (size_t t = 0; t < m.mae.size(); ++t) {
    Json::Object row;
    row.emplace_back("target", name_or_number(v.classes, t));
    for (const TargetMetric& metric : target_metrics())
      row.emplace_back(metric.name, json_number((m.*metric.values)[t]));
    targets.emplace_back(std::move(row));
  }
  for (const TargetMetric& metric : target_metrics())
    if (!m.mae.empty()) object.emplace_back(metric.name, json_number(mean_of_targets(m.*metric.values)));
  if (!targets.empty()) object.emplace_back("per_target", Json(std::move(targets)));
  if (judged) object.emplace_back("per_class", Json(std::move(classes)));
  if (m.has_labels) object.emplace_back("confusion", confusion_json(m));
  return Json(std::move(object));
}

}  // namespace

std::span<const OutputForm> result_forms() { return metrics_forms().subspan(1); }

std::span<const OutputForm> metrics_forms() {
  static const OutputForm forms[] = {
      {"text", {"txt"}}, {"tsv", {"tsv", "tab"}}, {"csv", {"csv"}}, {"json", {"json"}}, {"h5", {"h5", "hdf5"}}};
  return forms;
}

TextTable metrics_table(const std::vector<Evaluation>& evaluations, bool brief) {
  TextTable table;
  const bool models = of_several_models(evaluations);
  table.columns = {"split", "metric", "value"};
  if (models) table.columns.insert(table.columns.begin(), "model");
  for (const Evaluation& v : evaluations)
    for (MetricLine& line : metric_lines(v.metrics, v.classes, brief)) {
      table.rows.emplace_back();
      if (models) table.rows.back().emplace_back(v.model);
      for (const std::string& text : {v.metrics.split, line.name, line.text}) table.rows.back().emplace_back(text);
    }
  return table;
}

std::string metrics_json(const std::vector<Evaluation>& evaluations, bool brief) {
  const auto json = brief ? brief_json : evaluation_json;
  if (evaluations.size() == 1) return json(evaluations[0]).dump(2) + "\n";
  Json::Array all;
  for (const Evaluation& v : evaluations) all.push_back(json(v));
  return Json(std::move(all)).dump(2) + "\n";
}

void check_brief(const std::string& form, bool confusion) {
  if (form == "text" || form == "h5") throw UsageError("--brief is for the forms tsv, csv and json, not for " + form);
  if (confusion) throw UsageError("--brief prints no confusion matrix: leave out one of --brief and --confusion");
}

std::string metrics_text(const std::vector<Evaluation>& evaluations, const std::string& form, bool brief) {
  if (form == "text") return metrics_report(evaluations);
  return form == "json" ? metrics_json(evaluations, brief) : metrics_table(evaluations, brief).text(separator_of(form));
}

std::vector<std::byte> metrics_file(const std::vector<Evaluation>& evaluations, const h5::Provenance& provenance,
                                    bool compress) {
  std::vector<Metrics> metrics;
  for (const Evaluation& v : evaluations) metrics.push_back(v.metrics);
  return write_metrics(metrics, evaluations.at(0).classes, provenance, compress, evaluations[0].training);
}

}  // namespace nn
