// SPDX-License-Identifier: MIT
#include "results/stats/tests.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

#include "results/stats/distributions.h"

namespace nn::stats {
namespace {

void finish(MeanTest& test, double error, double level) {
  if (!(error > 0)) return;  // no spread, no test
  test.t = test.difference / error;
  test.p = student_two_tails(test.t, test.freedom);
  const double half = student_quantile(1 - level, test.freedom) * error;
  test.interval = {test.difference - half, test.difference + half};
}

/// Ranks from 1, twice as large so that the mean ranks of ties are whole; and the sum of t^3 - t over the ties.
struct Ranks {
  std::vector<int64_t> twice;
  double tie_sum = 0;
};
Ranks ranks_of(std::span<const double> values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] < values[b]; });
  Ranks ranks;
  ranks.twice.resize(values.size());
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin + 1;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    for (size_t i = begin; i < end; ++i) ranks.twice[order[i]] = static_cast<int64_t>(begin + end + 1);
    const auto t = static_cast<double>(end - begin);
    ranks.tie_sum += t * t * t - t;
    begin = end;
  }
  return ranks;
}

/// Twice the smaller tail of counts[], the end at `at` included.
double two_sided(const std::vector<double>& counts, size_t at) {
  const auto here = counts.begin() + static_cast<std::ptrdiff_t>(at);
  const double all = std::accumulate(counts.begin(), counts.end(), 0.0);
  const double below = std::accumulate(counts.begin(), here + 1, 0.0), above = std::accumulate(here, counts.end(), 0.0);
  return std::min(1.0, 2 * std::min(below, above) / all);
}

}  // namespace

MeanTest paired_t(std::span<const double> x, std::span<const double> y, double level) {
  assert(x.size() == y.size());
  std::vector<double> d(x.size());
  for (size_t i = 0; i < d.size(); ++i) d[i] = x[i] - y[i];
  MeanTest test;
  if (d.empty()) return test;
  test.difference = mean_of(d);
  test.freedom = static_cast<double>(d.size()) - 1;
  if (d.size() > 1) finish(test, deviation_of(d) / std::sqrt(static_cast<double>(d.size())), level);
  return test;
}

MeanTest welch_t(std::span<const double> x, std::span<const double> y, double level) {
  MeanTest test;
  if (x.empty() || y.empty()) return test;
  test.difference = mean_of(x) - mean_of(y);
  if (x.size() < 2 || y.size() < 2) return test;
  const auto n = static_cast<double>(x.size()), m = static_cast<double>(y.size());
  const double sx = deviation_of(x), sy = deviation_of(y), a = sx * sx / n, b = sy * sy / m;
  test.freedom = (a + b) * (a + b) / (a * a / (n - 1) + b * b / (m - 1));
  finish(test, std::sqrt(a + b), level);
  return test;
}

TestResult wilcoxon(std::span<const double> x, std::span<const double> y) {
  assert(x.size() == y.size());
  std::vector<double> d, size;
  for (size_t i = 0; i < x.size(); ++i)
    if (x[i] != y[i]) d.push_back(x[i] - y[i]), size.push_back(std::fabs(d.back()));
  TestResult result;
  if (x.empty()) return result;
  const Ranks ranks = ranks_of(size);
  int64_t plus = 0, all = 0;
  for (size_t i = 0; i < d.size(); ++i) all += ranks.twice[i], plus += d[i] > 0 ? ranks.twice[i] : 0;
  result.statistic = static_cast<double>(std::min(plus, all - plus)) / 2;
  const bool plain = ranks.tie_sum == 0 && d.size() == x.size();
  result.is_exact = x.size() <= (plain ? 50 : 13);
  if (result.is_exact) {
    // In how many of the 2^n choices of signs the positive ranks have that sum.
    std::vector<double> counts(static_cast<size_t>(all) + 1);
    counts[0] = 1;
    for (const int64_t rank : ranks.twice)
      for (size_t sum = counts.size(); sum-- > static_cast<size_t>(rank);)
        counts[sum] += counts[sum - static_cast<size_t>(rank)];
    result.p = two_sided(counts, static_cast<size_t>(plus));
    return result;
  }
  const auto n = static_cast<double>(d.size());
  const double error = std::sqrt((n * (n + 1) * (2 * n + 1) - ranks.tie_sum / 2) / 24);
  if (error > 0) result.p = 2 * normal_tail(std::fabs((static_cast<double>(plus) / 2 - n * (n + 1) / 4) / error));
  return result;
}

TestResult mann_whitney(std::span<const double> x, std::span<const double> y) {
  TestResult result;
  if (x.empty() || y.empty()) return result;
  std::vector<double> both(x.begin(), x.end());
  both.insert(both.end(), y.begin(), y.end());
  const Ranks ranks = ranks_of(both);
  int64_t twice = 0;
  for (size_t i = 0; i < x.size(); ++i) twice += ranks.twice[i];
  const auto n = static_cast<double>(x.size()), m = static_cast<double>(y.size()), all = n + m;
  result.statistic = static_cast<double>(twice) / 2 - n * (n + 1) / 2;
  const double larger = std::max(result.statistic, n * m - result.statistic);
  const size_t few = std::min(x.size(), y.size());
  result.is_exact = few <= 8 && ranks.tie_sum == 0;
  if (result.is_exact) {
    // counts[k][u]: ways to choose k of the ranks so far, with u above the least sum; the last row is U's distribution.
    const size_t most = x.size() * y.size();
    std::vector<std::vector<double>> counts(few + 1, std::vector<double>(most + 1));
    counts[0][0] = 1;
    for (size_t rank = 1; rank <= both.size(); ++rank)
      for (size_t k = std::min(few, rank); k > 0; --k)
        for (size_t u = most + 1; u-- > rank - k;) counts[k][u] += counts[k - 1][u - (rank - k)];
    result.p = two_sided(counts[few], static_cast<size_t>(larger));
    return result;
  }
  const double error = std::sqrt(n * m / 12 * ((all + 1) - ranks.tie_sum / (all * (all - 1))));
  if (error > 0) result.p = std::min(1.0, 2 * normal_tail((larger - n * m / 2 - 0.5) / error));
  return result;
}

TestResult mcnemar(int64_t only_x, int64_t only_y) {
  const auto fewer = static_cast<double>(std::min(only_x, only_y));
  return {fewer, std::min(1.0, 2 * coin_cdf(fewer, static_cast<double>(only_x + only_y))), true};
}

std::vector<double> holm(std::span<const double> p) {
  std::vector<size_t> order;
  for (size_t i = 0; i < p.size(); ++i)
    if (!std::isnan(p[i])) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return p[a] < p[b]; });
  std::vector<double> corrected(p.size(), undefined);
  double most = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    most = std::max(most, std::min(1.0, p[order[i]] * static_cast<double>(order.size() - i)));
    corrected[order[i]] = most;
  }
  return corrected;
}

}  // namespace nn::stats
