// SPDX-License-Identifier: MIT
// What the parameters of a network are called in PyTorch: the names of a state_dict, as torchvision and timm write it.
//
// share/models/NAME.names holds those of the network NAME.nn: one word for each layer with parameters, in the order of
// the layers' text, which is the module's name. Blanks and line ends separate words, # begins a comment, and braces
// stand for several words as in a shell: layer{2..4}.{0,1}.{conv1,bn1}. A word NAME=PARAMETER names the only parameter
// of a layer whole: gamma=weight. NAME:1x1 is a module whose weight has two axes of 1 more there, as a convolution of
// 1x1 in place of a dense layer.
//
// Another network gets names by such a file beside its own in share/models. Without one a chain has those of
// torch.nn.Sequential, 0.weight, where each word is a module, and any other network those of its layers, conv1.weight.
// formats/models reads and writes by these names. Counters that PyTorch keeps beside running_mean (num_batches_tracked)
// are no parameters here and have no names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/network.h"

namespace nn {

struct ForeignName {
  std::string path;  ///< of our parameter: "conv1/weight"
  std::string name;  ///< "layer1.0.conv1.weight"
  Shape shape;       ///< in PyTorch
};

/// Whether each layer takes the output of the layer before it, the first the input.
bool is_chain(const Network& network);

/// The words of the first file of share/models whose network has these layers with these inputs; their numbers may
/// differ (another head, another width), and dropout does not count. Empty when there is none.
std::vector<std::string> shared_modules(const std::vector<Network::Node>& nodes);

/// Of each parameter and running statistic of a graph, in its order, by such words. Error when their number is not that
/// of the layers with parameters.
std::vector<ForeignName> names_by_modules(const Graph& graph, const std::vector<std::string>& modules);

/// Of each parameter and running statistic of a network: by shared_modules, else by plain_modules.
std::vector<ForeignName> foreign_names(const Network& network);

/// By layer, with parameters or not: its number in a chain, else its name as one of Python.
std::vector<std::string> plain_modules(const Network& network);
/// The same by them alone.
std::vector<ForeignName> plain_names(const Network& network);

/// The words of such a text, braces expanded, at most 10,000. UsageError for malformed text, with its line.
std::vector<std::string> expanded_names(std::string_view text);

}  // namespace nn
