// SPDX-License-Identifier: MIT
// What stands before and behind the steps of a plan: rows of samples that lie on the device, and what a step gave.
#pragma once

#include "backend/cuda/device.h"
#include "backend/cuda/step.h"

namespace nn::cuda {

/// x {batch, count} from bytes {samples, count} by values {channels, 256}.
void launch_bytes(Device& device, const RowsPlace& rows, int64_t count, int64_t channels, const uint8_t* bytes,
                  const float* values, float* x);
void launch_floats(Device& device, const RowsPlace& rows, int64_t count, const float* from, float* to);

struct OutcomePlace {
  HitRule rule;
  int64_t batch, width;
  const float* outputs;
  LabelsPlace labels;
  const float* targets;
  const double* sample_loss;  ///< whose mean is the loss, where nothing has made it yet; else null
  double* loss;               ///< null without one
  int32_t* step;
  StepOutcome* outcomes;
};
/// outcomes[*step] = the loss, and the hits as count_hits() of base/hits.h counts them. last: then ++*step.
void launch_outcome(Device& device, const OutcomePlace& place, bool last);

}  // namespace nn::cuda
