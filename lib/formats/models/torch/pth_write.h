// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "formats/models/model_format.h"

namespace nn {

struct PthOptions : FormatOptions {
  std::string key;               ///< entry of a checkpoint
  std::string python;            ///< file for the module's class
  bool optimizer_state = false;  ///< a dictionary with it
  void declare_reading(OptionSet& set);
  void declare_writing(OptionSet& set);
};

/// A state_dict that torch.load(weights_only=True) opens, by the names of torch_names.h; with --python by
/// those of that class.
std::vector<ForeignFile> write_pth(const Model& model, const PthOptions& options);
/// Source of a class Network(nn.Module) that loads it. Error naming a layer that has no counterpart in PyTorch.
std::string python_module(const Model& model);

}  // namespace nn
