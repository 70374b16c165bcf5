// SPDX-License-Identifier: MIT
// Histograms as tf.summary.histogram makes them: 30 buckets of equal width from the smallest to the largest value.
// Source: tensorboard/plugins/histogram/summary_v2.py.
#pragma once

#include <array>
#include <span>

namespace nn::tensorboard {

struct Bucket {
  double left, right, count;
};
using Histogram = std::array<Bucket, 30>;

/// A value on an edge counts to the right of it, the largest to the last bucket. Values that are all the same: every
/// edge is that value and the last bucket has them all. No values: zeros. Values that are not finite are left out, as
/// they have no bucket.
Histogram histogram(std::span<const double> values);

}  // namespace nn::tensorboard
