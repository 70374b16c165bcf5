// SPDX-License-Identifier: MIT
#include "results/classification_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/log.h"
#include "base/text/columns.h"

namespace nn {
namespace {

/// Undefined values count as 0, as there.
double or_zero(double value) { return std::isnan(value) ? 0 : value; }

struct Row {
  std::string name;
  double precision, recall, f1;
  int64_t support;
};

std::string line(const Row& row, size_t width) {
  return fmt::format("{}  {:>9.2f} {:>9.2f} {:>9.2f} {:>9}\n", fit(row.name, width, true), row.precision, row.recall,
                     row.f1, row.support);
}

/// The classes that are there or predicted; all independent outputs.
std::vector<Row> rows_of(const Metrics& m, const std::vector<std::string>& names) {
  std::vector<Row> rows;
  for (size_t c = 0; c < m.support.size(); ++c) {
    const bool predicted = m.predicted.empty() ? !std::isnan(m.precision[c]) : m.predicted[c] > 0;
    if (!m.independent && m.support[c] == 0 && !predicted) continue;
    rows.push_back({c < names.size() ? printable(names[c]) : std::to_string(c), or_zero(m.precision[c]),
                    or_zero(m.recall[c]), or_zero(m.f1[c]), m.support[c]});
  }
  return rows;
}

/// weights: of the rows, or equal ones when empty.
Row average(const std::string& name, const std::vector<Row>& rows, bool weighted, int64_t support) {
  Row mean{name, 0, 0, 0, support};
  const double whole = static_cast<double>(weighted ? support : static_cast<int64_t>(rows.size()));
  for (const Row& row : rows) {
    const double share = whole > 0 ? (weighted ? static_cast<double>(row.support) : 1.0) / whole : 0;
    mean.precision += share * row.precision, mean.recall += share * row.recall, mean.f1 += share * row.f1;
  }
  return mean;
}

/// Over all outputs together.
Row micro_average(const Metrics& m, int64_t support) {
  double right = 0, predicted = 0;
  for (size_t c = 0; c < m.support.size(); ++c)
    right += or_zero(m.recall[c]) * static_cast<double>(m.support[c]), predicted += static_cast<double>(m.predicted[c]);
  const double wanted = static_cast<double>(support);
  return {"micro avg", predicted > 0 ? right / predicted : 0, wanted > 0 ? right / wanted : 0,
          predicted + wanted > 0 ? 2 * right / (predicted + wanted) : 0, support};
}

/// "loss 0.25  accuracy 0.9 ...", lines of at most 80 columns.
std::string scalars(const Metrics& m, const std::vector<std::string>& names) {
  std::string out, now;
  for (const MetricLine& one : metric_lines(m, names, false)) {
    if (one.name == "n" || one.name.find('[') != std::string::npos) continue;
    const std::string next = one.name + " " + one.text;
    if (!now.empty() && now.size() + 2 + next.size() > 80) out += now + "\n", now.clear();
    now += (now.empty() ? "" : "  ") + next;
  }
  return out + now + "\n";
}

/// Of one yes or no as of the classes 0 and 1, named after it.
std::string class_report(const Metrics& m, const std::vector<std::string>& names) {
  if (m.has_two_sides()) {
    const std::string name = names.empty() ? "" : names[0] + "=";
    return class_report(two_sides(m), {name + "0", name + "1"});
  }
  const std::vector<Row> rows = rows_of(m, names);
  size_t width = std::string_view("weighted avg").size();
  int64_t support = 0;
  for (const Row& row : rows) width = std::max(width, columns_of(row.name)), support += row.support;
  std::string out = fmt::format("{}  {:>9} {:>9} {:>9} {:>9}\n\n", fit("", width, true), "precision", "recall",
                                "f1-score", "support");
  for (const Row& row : rows) out += line(row, width);
  out += "\n";
  if (!m.independent)
    out += fmt::format("{}  {:>9} {:>9} {:>9.2f} {:>9}\n", fit("accuracy", width, true), "", "",
                       m.accuracy.value_or(not_measured), support);
  else if (!m.predicted.empty())
    out += line(micro_average(m, support), width);
  out += line(average("macro avg", rows, false, support), width) +
         line(average("weighted avg", rows, true, support), width);
  if (m.samples_mean.size() == 3)
    out += line({"samples avg", m.samples_mean[0], m.samples_mean[1], m.samples_mean[2], support}, width);
  return out;
}

/// The metrics of each target, and their means.
std::string target_report(const Metrics& m, const std::vector<std::string>& names) {
  std::vector<std::string> heads;
  for (size_t t = 0; t < m.mae.size(); ++t) heads.push_back(t < names.size() ? printable(names[t]) : std::to_string(t));
  size_t width = 4;
  for (const std::string& head : heads) width = std::max(width, columns_of(head));
  std::string out = fit("", width, true) + " ";
  for (const TargetMetric& metric : target_metrics()) out += fmt::format(" {:>12}", metric.name);
  out += "\n\n";
  const auto row = [&](const std::string& head, const auto& value_of) {
    out += fit(head, width, true) + " ";
    for (const TargetMetric& metric : target_metrics()) out += fmt::format(" {:>12.6g}", value_of(m.*metric.values));
    out += "\n";
  };
  for (size_t t = 0; t < heads.size(); ++t) row(heads[t], [&](const std::vector<double>& v) { return v[t]; });
  if (heads.size() < 2) return out;
  out += "\n";
  row("mean", mean_of_targets);
  return out;
}

}  // namespace

std::string metrics_report(const std::vector<Evaluation>& evaluations) {
  std::string out;
  for (const Evaluation& v : evaluations) {
    const Metrics& m = v.metrics;
    out += fmt::format("{}{}{}, {}: {} samples\n", out.empty() ? "" : "\n", printable(v.model),
                       v.data.empty() ? "" : " on " + printable(v.data), printable(m.split), m.n);
    out += scalars(m, v.classes);
    if (!m.support.empty()) out += "\n" + class_report(m, v.classes);
    if (!m.mae.empty()) out += "\n" + target_report(m, v.classes);
  }
  return out;
}

}  // namespace nn
