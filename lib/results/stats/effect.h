// SPDX-License-Identifier: MIT
// How large a difference is, and how many runs would show it.
#pragma once

#include <cstdint>
#include <span>

#include "results/stats/summary.h"

namespace nn::stats {

/// Cohen's d: the difference of the means over the pooled standard deviation; of pairs, over the deviation of the
/// differences (d_z). hedges: d with the exact correction for few values (Hedges 1981). NaN without a spread.
struct EffectSize {
  double cohen = undefined, hedges = undefined;
};
EffectSize effect_size(std::span<const double> x, std::span<const double> y);
EffectSize paired_effect_size(std::span<const double> x, std::span<const double> y);

/// The share of all pairs, one value of each group, in which that of x is the larger, ties counted half: rliable's
/// probability of improvement (of one task). NaN where a group is empty.
double probability_larger(std::span<const double> x, std::span<const double> y);

/// The probability that a two-sided t test at that significance finds an effect of size d (Cohen), with n values in
/// each group, or n pairs. n 2 or more.
double power(double d, int64_t n, bool paired, double significance);
/// The smallest n of 2 or more with at least that power; nothing_shows where not even most_runs suffice.
constexpr int64_t most_runs = 100000, nothing_shows = most_runs + 1;
int64_t runs_needed(double d, bool paired, double significance, double wanted_power = 0.8);

}  // namespace nn::stats
