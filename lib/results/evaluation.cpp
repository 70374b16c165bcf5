// SPDX-License-Identifier: MIT
#include "results/evaluation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace nn {
namespace {

std::string number_text(double value) { return std::isnan(value) ? "nan" : fmt::format("{:.6g}", value); }

void add(std::vector<MetricLine>& lines, std::string name, double value) {
  std::string text = number_text(value);
  lines.push_back({std::move(name), value, std::move(text)});
}

void add_count(std::vector<MetricLine>& lines, std::string name, int64_t value) {
  lines.push_back({std::move(name), static_cast<double>(value), std::to_string(value)});
}

}  // namespace

double mean_of_targets(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

std::string name_or_number(const std::vector<std::string>& names, int64_t i) {
  return std::in_range<size_t>(i) && static_cast<size_t>(i) < names.size() ? names[static_cast<size_t>(i)]
                                                                           : std::to_string(i);
}

bool of_several_models(const std::vector<Evaluation>& evaluations) {
  return std::any_of(evaluations.begin(), evaluations.end(),
                     [&](const Evaluation& e) { return e.model != evaluations[0].model; });
}

std::vector<MetricLine> metric_lines(const Metrics& m, const std::vector<std::string>& classes, bool brief) {
  std::vector<MetricLine> lines;
  add_count(lines, "n", m.n);
  add(lines, "loss", m.loss);
  if (m.accuracy) add(lines, "accuracy", *m.accuracy);
  if (m.has_labels) add(lines, fmt::format("top_{}", m.k), m.top_k);
  for (const TargetMetric& metric : target_metrics())
    if (brief && !m.mae.empty()) add(lines, metric.name, mean_of_targets(m.*metric.values));
  if (brief) return lines;
  for (const ScalarMetric& scalar : scalar_metrics().subspan(1))
    if (const auto value = m.*scalar.value) add(lines, scalar.name, *value);
  for (const TargetMetric& metric : target_metrics())
    if (!m.mae.empty()) add(lines, metric.name, mean_of_targets(m.*metric.values));
  for (size_t t = 0; m.mae.size() > 1 && t < m.mae.size(); ++t)
    for (const TargetMetric& metric : target_metrics())
      add(lines, fmt::format("{}[{}]", metric.name, name_or_number(classes, t)), (m.*metric.values)[t]);
  const size_t k = m.support.size();
  for (size_t c = 0; c < k; ++c) {
    const std::string name = name_or_number(classes, c);
    add(lines, "precision[" + name + "]", m.precision[c]);
    add(lines, "recall[" + name + "]", m.recall[c]);
    add(lines, "f1[" + name + "]", m.f1[c]);
    add_count(lines, "support[" + name + "]", m.support[c]);
  }
  for (size_t c = 0; c < k && !m.confusion.empty(); ++c)
    for (size_t j = 0; j < k; ++j)
      if (m.confusion[c * k + j])
        add_count(lines, "confusion[" + name_or_number(classes, c) + "," + name_or_number(classes, j) + "]",
                  m.confusion[c * k + j]);
  return lines;
}

}  // namespace nn
