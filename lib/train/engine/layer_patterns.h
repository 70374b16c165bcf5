// SPDX-License-Identifier: MIT
// Layers named on the command line: shell patterns of names joined by commas, as "conv*,bn1,res1"; a bracket stands for
// all layers in it, and "minilm" for all whose names begin with "minilm.", which use:minilm.h5 made.
#pragma once

#include <string>
#include <vector>

#include "model/network.h"

namespace nn {

/// What can be said before the layers are known: UsageError for an empty pattern. option: "--freeze".
void check_patterns(const std::string& option, const std::string& patterns);

/// A running statistic: no layer has something to train by it alone.
bool is_statistic(const Param& param);

/// The layers that have something to train, in order.
std::vector<std::string> layers_with_weights(const Graph& graph);

/// Those of them that match; none for empty patterns. UsageError, listing all of them, for a pattern that matches none.
std::vector<std::string> matching_layers(const std::string& option, const std::string& patterns, const Network& network,
                                         const Graph& graph);

}  // namespace nn
