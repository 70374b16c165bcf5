// SPDX-License-Identifier: MIT
// Two groups compared: tests with the values of scipy.stats, all two-sided. x is the group, y the baseline; a positive
// difference says that x is larger. Values are finite.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "results/stats/summary.h"

namespace nn::stats {

struct TestResult {
  double statistic = undefined;
  double p = undefined;   ///< NaN where the values do not determine it
  bool is_exact = false;  ///< from all arrangements, not from a normal distribution
};

struct MeanTest {
  double difference = undefined;  ///< of the means, x - y
  Interval interval;              ///< of the difference
  double t = undefined, freedom = undefined;
  double p = undefined;  ///< NaN without a spread: SciPy's 0 there would claim what one value cannot show
};
/// scipy.stats.ttest_rel; as many values of each. NaN of less than two pairs.
MeanTest paired_t(std::span<const double> x, std::span<const double> y, double level);
/// scipy.stats.ttest_ind(equal_var=False), Welch's test. NaN where a group has less than two values.
MeanTest welch_t(std::span<const double> x, std::span<const double> y, double level);

/// scipy.stats.wilcoxon(x, y), its defaults: zero differences are left out; from all arrangements of up to 50 pairs
/// without ties and zeros, and of up to 13 with them, else by the normal distribution with the correction for ties.
/// The statistic is the smaller of the two sums of ranks.
TestResult wilcoxon(std::span<const double> x, std::span<const double> y);
/// scipy.stats.mannwhitneyu(x, y), its defaults: exact without ties where a group has at most 8 values, else by the
/// normal distribution with corrections for ties and continuity. The statistic is U of x.
TestResult mann_whitney(std::span<const double> x, std::span<const double> y);
/// Of two classifiers on the same samples: only_x and only_y are the samples that only one of them has right.
/// statsmodels' mcnemar(exact=True); the statistic is the smaller count.
TestResult mcnemar(int64_t only_x, int64_t only_y);

/// Holm's step-down correction of a family of p values, in their order; NaN stay, and do not count.
std::vector<double> holm(std::span<const double> p);

}  // namespace nn::stats
