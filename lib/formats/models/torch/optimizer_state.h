// SPDX-License-Identifier: MIT
// The state_dict of torch.optim.SGD, Adam and AdamW (torch/optim/sgd.py, adam.py): "state" with the slots of each
// parameter by its number, in the order of Module.parameters(), and "param_groups" with the options.
#pragma once

#include <optional>
#include <vector>

#include "formats/models/model_format.h"
#include "formats/models/torch/pickle_writer.h"
#include "formats/models/torch/torch_file.h"
#include "formats/models/torch_names.h"

namespace nn {

/// weights: of the state_dict beside it, which says the order. UsageError for an optimizer that PyTorch's three cannot
/// go on with. The state must outlive the writer.
void write_optimizer(const OptimizerState& state, const std::vector<StateTensor>& weights, PickleWriter& pickle);

/// The state beside the weights in a checkpoint; empty when there is none. names: of its state_dict, in their order.
std::optional<ForeignOptimizer> optimizer_of(const TorchFile& file, const std::vector<ForeignTensor>& weights,
                                             const Budget& budget);

}  // namespace nn
