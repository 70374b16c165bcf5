// SPDX-License-Identifier: MIT
#include "results/stats/effect.h"

#include <cassert>
#include <cmath>
#include <vector>

#include "results/stats/distributions.h"

namespace nn::stats {
namespace {

EffectSize of(double difference, double deviation, double freedom) {
  if (!(deviation > 0)) return {};
  const double d = difference / deviation;
  // Gamma((f - 1) / 2) is not defined for one degree of freedom.
  if (freedom < 2) return {d, undefined};
  const double correction =
      std::exp(std::lgamma(freedom / 2) - std::lgamma((freedom - 1) / 2)) / std::sqrt(freedom / 2);
  return {d, correction * d};
}

}  // namespace

EffectSize effect_size(std::span<const double> x, std::span<const double> y) {
  if (x.size() < 2 || y.size() < 2) return {};
  const auto n = static_cast<double>(x.size()), m = static_cast<double>(y.size());
  const double sx = deviation_of(x), sy = deviation_of(y);
  return of(mean_of(x) - mean_of(y), std::sqrt(((n - 1) * sx * sx + (m - 1) * sy * sy) / (n + m - 2)), n + m - 2);
}

EffectSize paired_effect_size(std::span<const double> x, std::span<const double> y) {
  assert(x.size() == y.size());
  if (x.size() < 2) return {};
  std::vector<double> d(x.size());
  for (size_t i = 0; i < d.size(); ++i) d[i] = x[i] - y[i];
  return of(mean_of(d), deviation_of(d), static_cast<double>(d.size()) - 1);
}

double probability_larger(std::span<const double> x, std::span<const double> y) {
  double larger = 0;
  for (const double a : x)
    for (const double b : y) larger += a > b ? 1 : a == b ? 0.5 : 0;
  return x.empty() || y.empty() ? undefined : larger / static_cast<double>(x.size() * y.size());
}

double power(double d, int64_t n, bool paired, double significance) {
  assert(n >= 2);
  const auto runs = static_cast<double>(n);
  const double freedom = paired ? runs - 1 : 2 * runs - 2, shift = std::fabs(d) * std::sqrt(paired ? runs : runs / 2);
  const double bound = student_quantile(significance, freedom);
  // The lower tail is the upper one of the other direction.
  return noncentral_student_tail(bound, freedom, shift) + noncentral_student_tail(bound, freedom, -shift);
}

int64_t runs_needed(double d, bool paired, double significance, double wanted_power) {
  if (!(std::fabs(d) > 0)) return nothing_shows;
  int64_t too_few = 1, enough = 2;
  while (power(d, enough, paired, significance) < wanted_power) {
    too_few = enough, enough *= 2;
    if (enough > 2 * most_runs) return nothing_shows;
  }
  while (enough - too_few > 1) {
    const int64_t middle = (too_few + enough) / 2;
    (power(d, middle, paired, significance) < wanted_power ? too_few : enough) = middle;
  }
  return enough > most_runs ? nothing_shows : enough;
}

}  // namespace nn::stats
