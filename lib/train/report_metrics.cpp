// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/number.h"
#include "base/registry.h"
#include "train/report.h"

namespace nn {
namespace {

std::string class_name(const std::vector<std::string>& classes, size_t c) {
  return c < classes.size() ? classes[c] : std::to_string(c);
}

std::string number_text(double value) { return std::isnan(value) ? "nan" : fmt::format("{:.6g}", value); }

/// Names of classes come from files: no tab or newline may break a table.
std::string cell(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  return text;
}

void add(std::vector<MetricLine>& lines, std::string name, double value) {
  std::string text = number_text(value);
  lines.push_back({cell(std::move(name)), value, std::move(text)});
}

void add_count(std::vector<MetricLine>& lines, std::string name, int64_t value) {
  lines.push_back({cell(std::move(name)), static_cast<double>(value), std::to_string(value)});
}

Json json_number(double value) { return std::isnan(value) ? Json() : Json(value); }

Json verdict_json(const Verdict& v) {
  const Metrics& m = v.metrics;
  Json::Object object;
  object.emplace_back("model", v.model);
  object.emplace_back("data", v.data);
  object.emplace_back("split", m.split);
  object.emplace_back("n", m.n);
  object.emplace_back("loss", json_number(m.loss));
  object.emplace_back("accuracy", json_number(m.accuracy));
  Json::Object top;
  if (m.has_labels) top.emplace_back(std::to_string(m.k), json_number(m.top_k));
  object.emplace_back("top_k", Json(std::move(top)));
  Json::Array classes, confusion;
  const size_t k = m.support.size();
  for (size_t c = 0; c < k; ++c) {
    Json::Object row;
    row.emplace_back("class", class_name(v.classes, c));
    row.emplace_back("precision", json_number(m.precision[c]));
    row.emplace_back("recall", json_number(m.recall[c]));
    row.emplace_back("f1", json_number(m.f1[c]));
    row.emplace_back("support", m.support[c]);
    classes.emplace_back(std::move(row));
    Json::Array cells;
    for (size_t j = 0; j < k; ++j) cells.emplace_back(m.confusion[c * k + j]);
    confusion.emplace_back(std::move(cells));
  }
  object.emplace_back("per_class", Json(std::move(classes)));
  object.emplace_back("confusion", Json(std::move(confusion)));
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
  if (!m.has_labels) return lines;
  add(lines, "accuracy", m.accuracy);
  add(lines, fmt::format("top_{}", m.k), m.top_k);
  if (brief) return lines;
  const size_t k = m.support.size();
  for (size_t c = 0; c < k; ++c) {
    const std::string name = class_name(classes, c);
    add(lines, "precision[" + name + "]", m.precision[c]);
    add(lines, "recall[" + name + "]", m.recall[c]);
    add(lines, "f1[" + name + "]", m.f1[c]);
    add_count(lines, "support[" + name + "]", m.support[c]);
  }
  for (size_t c = 0; c < k; ++c)
    for (size_t j = 0; j < k; ++j)
      if (m.confusion[c * k + j])
        add_count(lines, "confusion[" + class_name(classes, c) + "," + class_name(classes, j) + "]", m.confusion[c * k + j]);
  return lines;
}

std::string metrics_tsv(const std::vector<Verdict>& verdicts, bool brief) {
  const bool models = several_models(verdicts);
  std::string out = models ? "model\tsplit\tmetric\tvalue\n" : "split\tmetric\tvalue\n";
  for (const Verdict& v : verdicts)
    for (const MetricLine& line : metric_lines(v.metrics, v.classes, brief)) {
      if (models) out += cell(v.model) + "\t";
      out += v.metrics.split + "\t" + line.name + "\t" + line.text + "\n";
    }
  return out;
}

std::string metrics_json(const std::vector<Verdict>& verdicts) {
  if (verdicts.size() == 1) return verdict_json(verdicts[0]).dump(2) + "\n";
  Json::Array all;
  for (const Verdict& v : verdicts) all.push_back(verdict_json(v));
  return Json(std::move(all)).dump(2) + "\n";
}

Gate::Gate(const std::vector<std::string>& conditions) {
  for (const std::string& text : conditions) {
    const size_t sign = text.rfind('=');
    if (sign == std::string::npos || sign == 0)
      throw UsageError("--fail-under: expected METRIC=VALUE, as accuracy=0.98, found '" + text + "'");
    Condition condition{text.substr(0, sign), 0};
    parse_value(std::string_view(text).substr(sign + 1), condition.limit);
    if (std::isnan(condition.limit)) throw UsageError("--fail-under: expected a number in '" + text + "'");
    conditions_.push_back(std::move(condition));
  }
}

std::vector<std::string> Gate::failures(const std::vector<Verdict>& verdicts) const {
  std::vector<std::string> found;
  const bool models = several_models(verdicts);
  for (const Verdict& v : verdicts) {
    const std::vector<MetricLine> lines = metric_lines(v.metrics, v.classes, false);
    std::vector<std::string> names;
    for (const MetricLine& line : lines) names.push_back(line.name);
    for (const Condition& c : conditions_) {
      const auto at = std::find(names.begin(), names.end(), c.metric);
      if (at == names.end()) throw UsageError("--fail-under: " + unknown_name("metric", c.metric, names));
      const MetricLine& line = lines[static_cast<size_t>(at - names.begin())];
      const bool met = c.metric == "loss" ? line.value <= c.limit : line.value >= c.limit;
      if (!met)
        found.push_back(fmt::format("{}{} {} is {}, the condition is {} {}", models ? v.model + ": " : "", v.metrics.split, c.metric,
                                    line.text, c.metric == "loss" ? "at most" : "at least", value_text(c.limit)));
    }
  }
  return found;
}

}  // namespace nn
