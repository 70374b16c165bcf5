// SPDX-License-Identifier: MIT
// What PyTorch's state_dict calls the parameters of a network of ours: those of nn.Sequential, numbered by the words of
// the layers, where each layer follows the one before; else our layers as modules of their names ("conv1.weight").
#pragma once

#include <string>
#include <vector>

#include "model/network.h"

namespace nn {

/// Whether each layer takes the output of the layer before it, the first the input.
bool is_chain(const Network& network);
/// By layer: the module that it is.
std::vector<std::string> torch_modules(const Network& network);
/// Of a parameter of that path ("conv1/weight").
std::string torch_name(const Network& network, const std::string& path);

}  // namespace nn
