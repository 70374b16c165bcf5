// SPDX-License-Identifier: MIT
// What nn-train -n prints.
#pragma once

#include <string>

#include "train/run/trainer.h"

namespace nn {

/// Layers, memory, time, what the callbacks will watch, and the advice to keep checkpoints when a run without lasts.
std::string plan_text(const TrainPlan& plan, const TrainOptions& options);

}  // namespace nn
