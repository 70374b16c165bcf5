// SPDX-License-Identifier: MIT
// Percentile intervals of means by drawing with replacement, with a Philox stream of its own: the same seed gives the
// same interval.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "results/stats/summary.h"

namespace nn::stats {

struct Bootstrap {
  uint64_t seed = 0;
  int resamples = 10000;
  double level = 0.95;
};

/// Of the mean of values. strata: a number for each value; as many values as there are of each are drawn from each, as
/// rliable does it with tasks; strata of one value are one stratum. Empty: all of one. NaN of less than two values.
Interval bootstrap_mean(std::span<const double> values, std::span<const int64_t> strata, const Bootstrap& how);
/// Of the difference of the means of two groups, x - y, each drawn by itself.
Interval bootstrap_difference(std::span<const double> x, std::span<const int64_t> strata_of_x,
                              std::span<const double> y, std::span<const int64_t> strata_of_y, const Bootstrap& how);

}  // namespace nn::stats
