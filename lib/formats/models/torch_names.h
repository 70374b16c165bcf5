// SPDX-License-Identifier: MIT
// The weights of a model of ours as the state_dict of PyTorch's has them: names and shapes of model/foreign_names.h.
#pragma once

#include <string>
#include <vector>

#include "model/foreign_names.h"
#include "model/model_file.h"

namespace nn {

struct StateTensor {
  std::string name;           ///< "0.weight", "layer1.0.conv1.weight"
  Shape shape;                ///< as there
  const NamedTensor* tensor;  ///< of the model
};
/// In the order of the model's weights. plain: by plain_names(), as a module that nn-convert writes has them.
std::vector<StateTensor> state_dict_of(const Model& model, bool plain = false);

}  // namespace nn
