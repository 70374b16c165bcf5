// SPDX-License-Identifier: MIT
#include "train/tensorboard/histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace nn::tensorboard {
namespace {

constexpr double last = double{std::tuple_size_v<Histogram> - 1};

/// A range beyond what a double holds is taken in halves; the shares are the same.
size_t place(double value, double least, double most) {
  double width = (most - least) / (last + 1), offset = value - least;
  if (!std::isfinite(width)) {
    width = (most / 2 - least / 2) / (last + 1);
    offset = value / 2 - least / 2;
  }
  const double place = std::floor(offset / width);
  return place > 0 ? static_cast<size_t>(std::min(place, last)) : 0;
}

}  // namespace

Histogram histogram(std::span<const double> values) {
  double least = std::numeric_limits<double>::infinity(), most = -least;
  double counted = 0;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    least = std::min(least, value);
    most = std::max(most, value);
    ++counted;
  }
  Histogram buckets{};
  if (counted == 0) return buckets;
  if (least == most) {
    buckets.fill({most, most, 0});
    buckets.back().count = counted;
    return buckets;
  }
  const double span = most - least, step = span / (last + 1);
  for (size_t i = 0; i < buckets.size(); ++i) {
    const auto place = static_cast<double>(i);
    buckets[i].left = std::isfinite(span) ? least + place * step : std::lerp(least, most, place / (last + 1));
    if (i > 0) buckets[i - 1].right = buckets[i].left;
  }
  buckets.back().right = most;  // whatever the rounding of the step
  for (const double value : values)
    if (std::isfinite(value)) ++buckets[place(value, least, most)].count;
  return buckets;
}

}  // namespace nn::tensorboard
