// SPDX-License-Identifier: MIT
// What an optimizer keeps of the steps before, by parameter: in a checkpoint of ours, or in one of another program.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/shape.h"
#include "h5/reading/reader.h"

namespace nn {

/// Values of a parameter, or as many beside them, by its path: "conv1/weight".
struct NamedTensor {
  std::string path;
  Shape shape;
  std::vector<float> values;
};

struct OptimizerState {
  std::string optimizer;                                  ///< its options as one spec: "adam,beta1=0.95"
  std::string like = "pytorch";                           ///< framework whose defaults hold for what that leaves out
  double rate = 0;                                        ///< learning rate of the last step
  int64_t steps = 0;                                      ///< updates made
  std::map<std::string, std::vector<NamedTensor>> slots;  ///< by the names of Optimizer::slots(): "m", "v"
};

/// That of a checkpoint. Empty for a model without /state and for an optimizer that keeps nothing; Error naming the
/// path for values that are not those of a parameter. weights: of the model in the file; settings: its attributes of
/// /history.
std::optional<OptimizerState> read_optimizer_state(const h5::Reader& file, const std::vector<NamedTensor>& weights,
                                                   const std::vector<std::pair<std::string, std::string>>& settings);

}  // namespace nn
