// SPDX-License-Identifier: MIT
// What the framework of --like has not, or would refuse, in a run: nothing takes its place in silence.
#pragma once

#include <string>
#include <vector>

#include "train/options/run_parts.h"

namespace nn {

/// A warning for each, naming option or layer, and what is used instead. network: the layers in place. rows: of the
/// training split.
std::vector<std::string> compatibility(const TrainOptions& options, const RunParts& parts, const Network& network,
                                       int64_t rows);

}  // namespace nn
