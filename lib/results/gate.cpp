// SPDX-License-Identifier: MIT
#include "results/gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/log.h"
#include "base/registry.h"
#include "base/text/number.h"

namespace nn {
namespace {

/// What the tables say of a metric, also by target.
struct Known {
  bool smaller_is_better;
  std::string also;
};
Known known_of(const std::string& metric) {
  const std::string name = metric.substr(0, metric.find('['));
  for (const ScalarMetric& row : scalar_metrics())
    if (name == row.name) return {row.smaller_is_better, row.also};
  for (const TargetMetric& row : target_metrics())
    if (name == row.name) return {row.smaller_is_better, row.also};
  return {name == "loss", ""};
}

/// Near names first; else the metrics without those by class, of which there may be thousands.
std::string unknown_metric(const std::string& name, const std::vector<MetricLine>& lines) {
  std::vector<std::string> plain, all;
  bool by_class = false;
  for (const MetricLine& line : lines) {
    if (line.name.starts_with("confusion[")) continue;
    all.push_back(line.name);
    const bool one = line.name.find('[') == std::string::npos;
    by_class = by_class || !one;
    if (one) plain.push_back(line.name);
  }
  std::vector<Candidate> known_as;
  for (const std::string& one : plain) known_as.push_back({one, "", known_of(one).also});
  if (!our_names(name, known_as).empty()) return "--fail-under: " + unknown_name("metric", name, known_as);
  const std::vector<std::string> near = nearest(name, all);
  if (!near.empty()) return "--fail-under: " + unknown_name("metric", name, near);
  std::string known;
  for (const std::string& one : plain) known += (known.empty() ? "" : ", ") + one;
  return fmt::format("--fail-under: unknown metric '{}'; there are {}{}", printable(name), known,
                     by_class ? ", and those of a class, as recall[NAME]" : "");
}

}  // namespace

Gate::Gate(const std::vector<std::string>& conditions) {
  for (const std::string& text : conditions) {
    const size_t sign = text.rfind('=');
    if (sign == std::string::npos || sign == 0)
      throw UsageError("--fail-under: expected METRIC=VALUE, as accuracy=0.98, found '" + text + "'");
    Condition condition{text.substr(0, sign), 0};
    try {
      parse_value(std::string_view(text).substr(sign + 1), condition.limit);
    } catch (const UsageError&) {
      condition.limit = not_measured;
    }
    if (std::isnan(condition.limit)) throw UsageError("--fail-under: expected a number in '" + text + "'");
    conditions_.push_back(std::move(condition));
  }
}

std::vector<std::string> Gate::failures(const std::vector<Evaluation>& evaluations) const {
  std::vector<std::string> found;
  if (conditions_.empty()) return found;
  const bool models = of_several_models(evaluations);
  for (const Evaluation& v : evaluations) {
    const std::vector<MetricLine> lines = metric_lines(v.metrics, v.classes, false);
    for (const Condition& c : conditions_) {
      const auto at =
          std::find_if(lines.begin(), lines.end(), [&](const MetricLine& line) { return line.name == c.metric; });
      if (at == lines.end()) throw UsageError(unknown_metric(c.metric, lines));
      const bool below = known_of(c.metric).smaller_is_better;
      if (below ? at->value <= c.limit : at->value >= c.limit) continue;
      found.push_back(fmt::format("{}{} {} is {}, the condition is {} {}", models ? v.model + ": " : "",
                                  v.metrics.split, c.metric, at->text, below ? "at most" : "at least",
                                  value_text(c.limit)));
    }
  }
  return found;
}

}  // namespace nn
