// SPDX-License-Identifier: MIT
// Gradients of a factor and a shift for each channel, from sums over single rows: the same bits whatever the tiles.
#pragma once

#include "backend/cpu/plan/step.h"

namespace nn::cpu {

/// Sets this tile's part of the gradients of parameters 0 (from dot) and 1 (from sum): of each of `extent` channels the
/// sum of its rows, which are every extent-th one of the batch, in their order.
inline void set_gradients_of_rows(const StepData& d, const Tile& t, int64_t extent, const Aligned<double>& dot,
                                  const Aligned<double>& sum) {
  const Range part = part_of(extent, t.index, t.count);
  for (const bool bias : {false, true})
    if (float* gradient = d.gradient(bias))
      for (int64_t k = part.begin; k < part.end; ++k) {
        double all = 0;
        for (int64_t r = k; r < static_cast<int64_t>(sum.size()); r += extent) all += (bias ? sum : dot)[r];
        gradient[k] = static_cast<float>(all);
      }
}

}  // namespace nn::cpu
