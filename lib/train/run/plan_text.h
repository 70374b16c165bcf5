// SPDX-License-Identifier: MIT
// What nn-train -n prints.
#pragma once

#include <string>

#include "train/run/trainer.h"

namespace nn {

/// Layers, memory, time, what the callbacks will watch, and the advice to keep checkpoints when a run without lasts.
std::string plan_text(const TrainPlan& plan, const TrainOptions& options);
/// That of dry_run() with these arguments.
std::string dry_run_text(const TrainOptions& options, const Dataset& data, Backend& backend, const Log& log,
                         const Progress& progress, const Checkpoint* from, bool strict);

}  // namespace nn
