// SPDX-License-Identifier: MIT
#include "backend/cpu/plan/balance.h"

#include <algorithm>
#include <cmath>

namespace nn::cpu {

int Balance::share(int units, int workers) const {
  if (workers < 2 || unit_ <= 0) return units / workers;
  const double equal = (units * unit_ + other_) / workers;  // seconds of each
  return std::clamp(static_cast<int>(std::lround((equal - other_) / unit_)), 1, units / workers);
}

/// A disturbance is not taken at its word.
void Balance::took(double other, double unit) {
  const auto follow = [](double& mean, double x) { mean = mean > 0 ? mean + (std::min(x, 2 * mean) - mean) / 8 : x; };
  follow(other_, other);
  follow(unit_, unit);
}

}  // namespace nn::cpu
