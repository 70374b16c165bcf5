// SPDX-License-Identifier: MIT
#include "results/compare/sorting.h"

#include <algorithm>
#include <cmath>

#include "base/registry.h"
#include "results/cells.h"
#include "results/compare/comparison.h"

namespace nn {

SortOrder sort_order(const std::string& text) {
  const size_t comma = text.find(',');
  const std::string rest = comma == std::string::npos ? "" : text.substr(comma + 1);
  if (comma == 0 || (comma != std::string::npos && rest != "reverse"))
    throw UsageError("--sort: expected a key or a metric, and ',reverse' behind it or nothing, found '" + text + "'");
  return {text.substr(0, comma), !rest.empty()};
}

bool value_before(const std::string& a, const std::string& b) {
  const Json x = setting_json(a), y = setting_json(b);
  if (x.is_number() && y.is_number()) return x.number() < y.number();
  return x.is_number() != y.is_number() ? x.is_number() : a < b;
}

bool better_before(double a, double b, bool smaller) {
  if (!std::isfinite(a) || !std::isfinite(b)) return std::isfinite(a) && !std::isfinite(b);
  return smaller ? a < b : a > b;
}

std::string sort_metric(std::span<const ComparedRun> runs, const std::string& name,
                        const std::vector<std::string>& shown, const std::vector<std::string>& keys, bool allow_mixed) {
  std::vector<std::string> known = keys;
  for (const std::string& metric : shown) {
    if (metric == name || metric.ends_with("." + name)) return metric;
    known.push_back(metric);
  }
  if (std::all_of(runs.begin(), runs.end(), [&](const ComparedRun& run) { return value_of(run, name); }))
    return metrics_asked(runs, {name}, allow_mixed)[0];
  throw UsageError("--sort: " + unknown_name("key or metric", name, known));
}

}  // namespace nn
