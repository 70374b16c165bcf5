// SPDX-License-Identifier: MIT
// What the parameters of a network are called in PyTorch: the names of a state_dict, as torchvision and timm write it.
//
// share/models/NAME.names holds those of the network NAME.nn: one word for each layer with parameters, in the order of
// the layers' text, which is the module's name. Blanks and line ends separate words, # begins a comment, and braces
// stand for several words as in a shell: layer{2..4}.{0,1}.{conv1,bn1}. A word NAME=PARAMETER names the only parameter
// of a layer whole: gamma=weight.
//
// Another network gets names by such a file beside its own in share/models, or by a text that is given to
// foreign_names(). A chain without any has those of torch.nn.Sequential, 0.weight, where each word is a module.
// Which formats use this: formats/models. Counters that PyTorch keeps beside running_mean (num_batches_tracked) are no
// parameters here and have no names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/network.h"

namespace nn {

struct ForeignName {
  std::string path;  ///< of our parameter: "conv1/weight"
  std::string name;  ///< "layer1.0.conv1.weight"
};

/// Of each parameter and running statistic, in the order of Graph::params, by such a text. UsageError for malformed
/// text, with its line; Error when it has another number of names than the network has layers with parameters.
std::vector<ForeignName> foreign_names(const Network& network, std::string_view text);

/// The same by the first file of share/models whose network has the same layers with the same inputs; their numbers may
/// differ (another head, another width), and dropout does not count. Else of a chain as of Sequential; else empty.
std::vector<ForeignName> foreign_names(const Network& network);

/// The words of such a text, braces expanded: at most 10,000.
std::vector<std::string> expanded_names(std::string_view text);

}  // namespace nn
