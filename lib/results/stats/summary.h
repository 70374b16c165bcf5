// SPDX-License-Identifier: MIT
// What a handful of values says: mean, spread, quantiles, the interval of the mean.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace nn::stats {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

struct Interval {
  double low = undefined, high = undefined;
};

/// Of values that are all finite. What is not defined is NaN: of no value all, of one value the spread.
struct Summary {
  int64_t n = 0;
  double mean = undefined;
  double sd = undefined;  ///< of a sample: divided by n - 1
  double median = undefined, iqm = undefined, least = undefined, most = undefined;
};
Summary summarize(std::span<const double> values);

double mean_of(std::span<const double> values);
/// The sample standard deviation; NaN of less than two values.
double deviation_of(std::span<const double> values);
/// share 0..1, between the two nearest values in proportion, as numpy.quantile does it. sorted: ascending, not empty.
double quantile(std::span<const double> sorted, double share);
/// The mean without the int(n / 4) smallest and largest values: scipy.stats.trim_mean(x, 0.25), as rliable uses it.
double interquartile_mean(std::span<const double> sorted);
/// Of the mean, by Student's t. level: 0.95. NaN of less than two values.
Interval t_interval(const Summary& summary, double level);

}  // namespace nn::stats
