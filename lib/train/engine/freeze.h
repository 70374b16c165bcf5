// SPDX-License-Identifier: MIT
// --freeze: layers that are not trained. Their weights keep the values they start from; the running statistics of a
// frozen batch norm still move, as in PyTorch, or rest and are used in training, as in Keras, and a penalty on frozen
// weights is not counted.
#pragma once

#include <string>
#include <vector>

#include "model/network.h"

namespace nn {

/// Parameters of the layers that match, or that stand in a bracket that does, become not trainable. patterns:
/// layer_patterns.h. graph: of the network. Returns the names of those layers.
/// UsageError for a pattern that matches no layer with parameters (listing those there are), and when nothing is left
/// to train.
std::vector<std::string> freeze_layers(const std::string& patterns, const Network& network, Graph& graph,
                                       bool statistics_rest = false);

/// "frozen: 2 of 5 layers (conv1, conv2), 2572 of 61706 parameters": a line without its end; empty when nothing is.
std::string frozen_text(const std::vector<std::string>& frozen, const Graph& graph);

}  // namespace nn
