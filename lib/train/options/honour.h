// SPDX-License-Identifier: MIT
// What the framework of --like has not, or would refuse, in a run: nothing takes its place in silence.
#pragma once

#include <string>
#include <vector>

#include "model/network.h"
#include "train/run/trainer.h"

namespace nn {

/// A warning for each, naming option or layer, and what is used instead. rows: of the training split.
std::vector<std::string> not_honoured(const TrainOptions& options, const Network& network, const FrameworkRules& rules,
                                      int64_t rows);

}  // namespace nn
