// SPDX-License-Identifier: MIT
#include "results/stats/summary.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

#include "results/stats/distributions.h"

namespace nn::stats {

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double deviation_of(std::span<const double> values) {
  if (values.size() < 2) return undefined;
  // Equal values have no spread, though their sum is rounded.
  if (std::adjacent_find(values.begin(), values.end(), std::not_equal_to<>()) == values.end()) return 0;
  const double mean = mean_of(values);
  double sum = 0;
  for (const double v : values) sum += (v - mean) * (v - mean);
  return std::sqrt(sum / static_cast<double>(values.size() - 1));
}

double quantile(std::span<const double> sorted, double share) {
  assert(!sorted.empty() && share >= 0 && share <= 1);
  const double place = share * static_cast<double>(sorted.size() - 1), below = std::floor(place);
  const auto i = static_cast<size_t>(below);
  if (i + 1 >= sorted.size()) return sorted.back();
  return sorted[i] + (place - below) * (sorted[i + 1] - sorted[i]);
}

double interquartile_mean(std::span<const double> sorted) {
  const size_t cut = sorted.size() / 4;
  return mean_of(sorted.subspan(cut, sorted.size() - 2 * cut));
}

Summary summarize(std::span<const double> values) {
  Summary s;
  s.n = static_cast<int64_t>(values.size());
  if (values.empty()) return s;
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  s.mean = mean_of(values), s.sd = deviation_of(values);
  s.median = quantile(sorted, 0.5), s.iqm = interquartile_mean(sorted);
  s.least = sorted.front(), s.most = sorted.back();
  return s;
}

Interval t_interval(const Summary& s, double level) {
  if (s.n < 2) return {};
  const double half =
      student_quantile(1 - level, static_cast<double>(s.n - 1)) * s.sd / std::sqrt(static_cast<double>(s.n));
  return {s.mean - half, s.mean + half};
}

}  // namespace nn::stats
