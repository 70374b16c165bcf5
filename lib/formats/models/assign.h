// SPDX-License-Identifier: MIT
// Which tensor of a foreign file is which parameter of a network. Tried are: the places that the file itself tells; our
// names (conv1.weight); those of torchvision and timm (model/foreign_names.h); the numbers of PyTorch's Sequential
// (0.weight, the places of the words of the layers); and the order, by kinds and shapes. What fits most parameters is
// taken. Prefixes that all names share (module., _orig_mod., net.) do not count.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "formats/models/model_format.h"
#include "graph/graph.h"

namespace nn {

struct Assigned {
  struct Missing {
    std::string path, why;
    bool is_buffer;  ///< a running statistic that no tensor has
  };
  std::vector<NamedTensor> weights;  ///< our paths and axes, in the order of the parameters
  std::vector<std::string> from;     ///< the names that they have in the file
  std::vector<NamedTensor> others;   ///< found by name, but of another shape: our path, their shape and values
  std::vector<Missing> missing;      ///< parameters without a tensor that fits
  std::vector<std::string> left;     ///< tensors that no parameter took, without counters of batches
  std::string how;                   ///< "by name", "by number", "by order and shape"
};

struct LayerNames {
  std::vector<std::string> layers;   ///< ours, in the order of the text
  std::vector<std::string> modules;  ///< shared_modules(): of those with parameters; empty: unknown
};
LayerNames layer_names(const std::vector<Network::Node>& nodes);

Assigned assign(const ForeignModel& from, const Graph& graph, const LayerNames& names);

/// What the optimizer in the file keeps of the parameters that were found. Empty when there is none that can be taken.
std::optional<OptimizerState> assigned_optimizer(const ForeignModel& from, const Assigned& found, const Graph& graph);

/// The name of a tensor without what all share, cut at its last '.' or '/': {"features.0", "weight"}. Roles are ours:
/// kernel is weight, gamma weight, moving_mean running_mean.
struct TensorName {
  std::string prefix, role;
};
std::vector<TensorName> tensor_names(const std::vector<ForeignTensor>& tensors);

}  // namespace nn
