// SPDX-License-Identifier: MIT
// Relative position buckets of attention, as in T5 and MPNet (transformers, MPNetEncoder.relative_position_bucket): the
// bias of a score depends on the distance of key and query alone, near ones one by one, far ones by their logarithm.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace nn {

/// distance: place of the key less that of the query. buckets: an even number, 4 at least; half of them for keys
/// behind. From 128 on all distances are one. In float, as the library computes it.
inline int64_t relative_bucket(int64_t distance, int64_t buckets) {
  const int64_t half = buckets / 2, exact = half / 2, side = distance > 0 ? half : 0,
                n = distance < 0 ? -distance : distance;
  if (n < exact) return side + n;
  const float far = std::log(static_cast<float>(n) / static_cast<float>(exact)) /
                    static_cast<float>(std::log(128.0 / static_cast<double>(exact))) * static_cast<float>(half - exact);
  return side + std::min(exact + static_cast<int64_t>(far), half - 1);
}

}  // namespace nn
