// SPDX-License-Identifier: MIT
#include "random/jax.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numbers>
#include <numeric>

namespace nn {
namespace {

/// By Newton's method on erf, from a closed approximation.
double inverse_erf(double x) {
  if (x == 0) return 0;
  const double w = -std::log((1 - x) * (1 + x)), a = 4.33 - w * 0.5;
  double y = std::copysign(std::sqrt(std::sqrt(a * a + w / 0.147) - a), x);
  for (int i = 0; i < 60; ++i) {
    const double d = (std::erf(y) - x) / (2 * std::numbers::inv_sqrtpi * std::exp(-y * y));
    y -= d;
    if (std::fabs(d) < 1e-17) break;
  }
  return y;
}

}  // namespace

std::array<uint32_t, 2> threefry(std::array<uint32_t, 2> key, std::array<uint32_t, 2> counter) {
  constexpr int rotations[2][4] = {{13, 15, 26, 6}, {17, 29, 16, 24}};
  const uint32_t keys[3] = {key[0], key[1], key[0] ^ key[1] ^ 0x1BD11BDAU};
  uint32_t a = counter[0] + keys[0], b = counter[1] + keys[1];
  for (uint32_t group = 0; group < 5; ++group) {
    for (const int r : rotations[group % 2]) {
      a += b;
      b = std::rotl(b, r) ^ a;
    }
    a += keys[(group + 1) % 3];
    b += keys[(group + 2) % 3] + group + 1;
  }
  return {a, b};
}

float jax_unit(std::array<uint32_t, 2> key, uint64_t place) {
  const auto [a, b] = threefry(key, {static_cast<uint32_t>(place >> 32), static_cast<uint32_t>(place)});
  return std::bit_cast<float>(0x3F800000U | (a ^ b) >> 9) - 1;
}

void JaxDraws::uniform(double low, double high, std::span<double> w) {
  const float from = static_cast<float>(low), range = static_cast<float>(high) - from;
  for (size_t i = 0; i < w.size(); ++i) w[i] = std::max(from, std::fma(unit(i), range, from));
}

void JaxDraws::normal(double mean, double deviation, std::span<double> w) {
  uniform(static_cast<double>(std::nextafter(-1.0F, 0.0F)), 1, w);
  for (double& x : w) x = static_cast<float>(std::numbers::sqrt2 * inverse_erf(x) * deviation + mean);
}

void JaxDraws::truncated(double deviation, std::span<double> w) {
  const double edge = static_cast<double>(static_cast<float>(std::erf(std::numbers::sqrt2)));
  uniform(-edge, edge, w);
  for (double& x : w) x = static_cast<float>(std::numbers::sqrt2 * inverse_erf(x) * deviation);
}

void JaxDraws::keep(double rate, std::span<uint32_t> mask) const {
  const float share = static_cast<float>(1 - rate);
  for (size_t i = 0; i < mask.size(); ++i) mask[i] = unit(i) < share ? 0xFFFFFFFFU : 0;
}

std::vector<int64_t> numpy_permutation(Mersenne& words, int64_t n) {
  std::vector<int64_t> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), int64_t{0});
  for (size_t i = order.size(); i-- > 1;) {
    const uint64_t mask = std::bit_ceil(i + 1) - 1;
    uint64_t j;
    do j = words.next() & mask;
    while (j > i);
    std::swap(order[i], order[j]);
  }
  return order;
}

}  // namespace nn
