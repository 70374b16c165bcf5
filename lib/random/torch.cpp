// SPDX-License-Identifier: MIT
#include "random/torch.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numbers>
#include <numeric>

namespace nn {
namespace {

/// Natural logarithm as torch's vector kernels compute it: Cephes' polynomial, every product that feeds a sum fused.
float log_vector(float value) {
  constexpr float coefficients[] = {-1.1514610310e-1F, 1.1676998740e-1F, -1.2420140846e-1F, 1.4249322787e-1F,
                                    -1.6668057665e-1F, 2.0000714765e-1F, -2.4999993993e-1F, 3.3333331174e-1F};
  const uint32_t bits = std::max(std::bit_cast<uint32_t>(value), 0x00800000U);
  float e = static_cast<float>(static_cast<int32_t>(bits >> 23) - 126);
  float x = std::bit_cast<float>((bits & 0x807FFFFFU) | 0x3F000000U);
  if (x < 0.707106781186547524F) {
    e -= 1;
    x = (x - 1) + x;
  } else {
    x = x - 1;
  }
  const float z = x * x;
  float y = 7.0376836292e-2F;
  for (const float c : coefficients) y = std::fma(y, x, c);
  y = y * x;
  y = std::fma(y, z, e * -2.12194440e-4F);
  y = std::fma(-z, 0.5F, y);
  return std::fma(e, 0.693359375F, x + y);
}

struct SinCos {
  float sin, cos;
};

/// Sine and cosine of x >= 0, in the same way.
SinCos sincos_vector(float x) {
  const int j = (static_cast<int>(x * 1.27323954473516F) + 1) & ~1;
  const float y = static_cast<float>(j);
  for (const float part : {-0.78515625F, -2.4187564849853515625e-4F, -3.77489497744594108e-8F})
    x = std::fma(y, part, x);
  const float z = x * x;
  float c = 2.443315711809948e-005F;
  c = std::fma(c, z, -1.388731625493765e-003F);
  c = std::fma(c, z, 4.166664568298827e-002F);
  c = c * z;
  c = std::fma(c, z, -(z * 0.5F));
  c = c + 1;
  float s = -1.9515295891e-4F;
  s = std::fma(s, z, 8.3321608736e-3F);
  s = std::fma(s, z, -1.6666654611e-1F);
  s = s * z;
  s = std::fma(s, x, x);
  if ((j & 2) != 0) std::swap(s, c);
  return {(j & 4) != 0 ? -s : s, (~(j - 2) & 4) != 0 ? -c : c};
}

/// Sixteen uniform numbers to sixteen normal ones, in place.
void box_muller(std::span<double, 16> d, float mean, float deviation) {
  for (size_t j = 0; j < 8; ++j) {
    const float u1 = 1 - static_cast<float>(d[j]), u2 = static_cast<float>(d[j + 8]);
    const float r = std::sqrt(-2 * log_vector(u1));
    const auto [sin, cos] = sincos_vector(2 * std::numbers::pi_v<float> * u2);
    d[j] = std::fma(r * cos, deviation, mean);
    d[j + 8] = std::fma(r * sin, deviation, mean);
  }
}

}  // namespace

void TorchGenerator::uniform(double low, double high, std::span<double> w) {
  const float from = static_cast<float>(low), range = static_cast<float>(high) - from;
  for (double& x : w) x = std::fma(static_cast<float>(uniform24()), range, from);
}

void TorchGenerator::normal(double mean, double deviation, std::span<double> w) {
  if (w.size() < 16) {
    for (double& x : w) x = static_cast<float>(normal_in_double() * deviation + mean);
    return;
  }
  const float m = static_cast<float>(mean), s = static_cast<float>(deviation);
  for (double& x : w) x = uniform24();
  for (size_t i = 0; i + 16 <= w.size(); i += 16) box_muller(w.subspan(i).first<16>(), m, s);
  if (w.size() % 16 == 0) return;
  const auto last = w.last<16>();  // drawn anew, over what stood there
  for (double& x : last) x = uniform24();
  box_muller(last, m, s);
}

double TorchGenerator::normal_in_double() {
  if (kept_sine_) {
    const double x = *kept_sine_;
    kept_sine_.reset();
    return x;
  }
  const double u1 = uniform53(), u2 = uniform53();
  const double r = std::sqrt(-2 * std::log1p(-u2)), angle = 2 * std::numbers::pi * u1;
  kept_sine_ = r * std::sin(angle);
  return r * std::cos(angle);
}

void TorchGenerator::truncated(double deviation, std::span<double> w) {
  truncated_between(0, deviation, -2 * deviation, 2 * deviation, w);
}

void TorchGenerator::truncated_between(double mean, double deviation, double low, double high, std::span<double> w) {
  const auto below = [&](double x) { return (1 + std::erf((x - mean) / deviation / std::numbers::sqrt2)) / 2; };
  if (below(high) - below(low) <= 0.3) return narrow(mean, deviation, low, high, w);
  const float a = static_cast<float>(low), b = static_cast<float>(high);
  const auto outside = [&](double x) { return x < static_cast<double>(a) || x > static_cast<double>(b); };
  normal(mean, deviation, w);
  std::vector<double> again(w.size());
  while (std::any_of(w.begin(), w.end(), outside)) {
    normal(mean, deviation, again);
    for (size_t i = 0; i < w.size(); ++i)
      if (outside(w[i])) w[i] = again[i];
  }
}

/// Rejection from the uniform distribution, for a range that holds little of the normal one.
void TorchGenerator::narrow(double mean, double deviation, double low, double high, std::span<double> w) {
  const double peak = (std::clamp(mean, low, high) - mean) / deviation;
  const float m = static_cast<float>(mean), s = static_cast<float>(deviation),
              log_peak = static_cast<float>(-0.5 * peak * peak);
  std::vector<double> candidates(w.size()), accept(w.size());
  std::vector<bool> pending(w.size(), true);
  while (std::find(pending.begin(), pending.end(), true) != pending.end()) {
    uniform(low, high, candidates);
    uniform(0, 1, accept);
    for (size_t i = 0; i < w.size(); ++i) {
      if (!pending[i]) continue;
      const float x = (static_cast<float>(candidates[i]) - m) / s, log_density = x * x * -0.5F - log_peak;
      w[i] = candidates[i];
      pending[i] = static_cast<float>(std::log(accept[i])) > log_density;
    }
  }
}

std::vector<int64_t> TorchGenerator::permutation(int64_t n) {
  std::vector<int64_t> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), int64_t{0});
  for (size_t i = 0; i + 1 < order.size(); ++i) std::swap(order[i], order[i + words_.next() % (order.size() - i)]);
  return order;
}

void TorchGenerator::keep(double keep, std::span<uint32_t> mask) {
  // u < keep for u = r 2^-53, in whole numbers: both sides are exact.
  words_.below(static_cast<uint64_t>(std::ceil(keep * 0x1p53)), mask);
}

void TorchGenerator::state(State& state) {
  std::vector<uint64_t> words = words_.state();
  state.field("words", words);
  bool has_sine = kept_sine_.has_value();
  double sine = kept_sine_.value_or(0);
  state.field("has_sine", has_sine);
  state.field("sine", sine, -40, 40);  // no pair of 53 bits is further out than 9 deviations
  if (!state.restoring()) return;
  words_.restore(words);
  kept_sine_ = has_sine ? std::optional(sine) : std::nullopt;
}

}  // namespace nn
