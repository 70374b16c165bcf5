// SPDX-License-Identifier: MIT
#include "results/stats/distributions.h"

#include <cassert>
#include <cmath>
#include <limits>
#include <numbers>

namespace nn::stats {
namespace {

/// The continued fraction of I_x(a, b), which converges fast for x < (a + 1) / (a + b + 2).
double beta_fraction(double a, double b, double x) {
  constexpr double tiny = 1e-300, enough = 1e-16;
  const auto away_from_0 = [](double v) { return std::fabs(v) < tiny ? tiny : v; };
  double c = 1, d = 1 / away_from_0(1 - (a + b) * x / (a + 1)), fraction = d;
  // Some sqrt(max(a, b)) rounds are needed.
  for (int m = 1; m < 100000; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away_from_0(1 + even * d), c = away_from_0(1 + even / c);
    fraction *= d * c;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away_from_0(1 + odd * d), c = away_from_0(1 + odd / c);
    fraction *= d * c;
    if (std::fabs(d * c - 1) < enough) break;
  }
  return fraction;
}

double log_beta(double a, double b) { return std::lgamma(a) + std::lgamma(b) - std::lgamma(a + b); }

double student_density(double t, double freedom) {
  return std::exp(-log_beta(freedom / 2, 0.5) - (freedom + 1) / 2 * std::log1p(t * t / freedom)) / std::sqrt(freedom);
}

}  // namespace

double incomplete_beta(double a, double b, double x, double rest) {
  assert(a > 0 && b > 0);
  if (!(x > 0)) return std::isnan(x) ? x : 0;
  if (!(rest > 0)) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incomplete_beta(b, a, rest, x);
  const double log_x = x > 0.5 ? std::log1p(-rest) : std::log(x), log_rest = x > 0.5 ? std::log(rest) : std::log1p(-x);
  return std::exp(a * log_x + b * log_rest - log_beta(a, b)) * beta_fraction(a, b, x) / a;
}

double normal_tail(double z) { return std::erfc(z / std::numbers::sqrt2) / 2; }

double student_two_tails(double t, double freedom) {
  if (std::isinf(t)) return 0;
  const double square = t * t, whole = freedom + square;
  return incomplete_beta(freedom / 2, 0.5, freedom / whole, square / whole);
}

double student_quantile(double p, double freedom) {
  assert(p > 0 && p <= 1 && freedom > 0);
  double low = 0, high = 1;
  while (student_two_tails(high, freedom) > p && high < 1e300) low = high, high *= 2;
  // Newton's method, and half of the bracket where that leaves it.
  double t = (low + high) / 2;
  for (int i = 0; i < 200; ++i) {
    const double over = student_two_tails(t, freedom) - p;
    (over > 0 ? low : high) = t;
    double next = t + over / (2 * student_density(t, freedom));
    if (!(next > low && next < high)) next = (low + high) / 2;
    if (std::fabs(next - t) <= 4 * std::numeric_limits<double>::epsilon() * next) return next;
    t = next;
  }
  return t;
}

double noncentral_student_tail(double t, double freedom, double shift) {
  assert(t >= 0 && freedom > 0);
  // P(T < t) = P(Z < -shift) + 1/2 sum over j of p_j I_x(j + 1/2, freedom / 2) + q_j I_x(j + 1, freedom / 2), with p_j
  // those of Poisson's distribution with mean shift^2 / 2. The terms are taken from their largest one to both sides.
  const double mean = shift * shift / 2, whole = freedom + t * t, x = t * t / whole, rest = freedom / whole;
  const double log_mean = mean > 0 ? std::log(mean) : 0;
  const auto term = [&](double j) {
    const double p = mean > 0 ? std::exp(-mean + j * log_mean - std::lgamma(j + 1)) : (j == 0 ? 1.0 : 0.0);
    const double q =
        shift == 0 ? 0 : shift / std::numbers::sqrt2 * std::exp(-mean + j * log_mean - std::lgamma(j + 1.5));
    return p * incomplete_beta(j + 0.5, freedom / 2, x, rest) + q * incomplete_beta(j + 1, freedom / 2, x, rest);
  };
  const double middle = std::floor(mean);
  double sum = 0;
  for (double j = middle; j < middle + 100000; ++j) {
    const double one = term(j);
    sum += one;
    if (std::fabs(one) < 1e-17) break;
  }
  for (double j = middle - 1; j >= 0; --j) {
    const double one = term(j);
    sum += one;
    if (std::fabs(one) < 1e-17) break;
  }
  return 1 - (normal_tail(shift) + sum / 2);
}

double coin_cdf(double k, double n) {
  if (k < 0) return 0;
  if (k >= n) return 1;
  return incomplete_beta(n - k, k + 1, 0.5, 0.5);
}

}  // namespace nn::stats
