// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "formats/models/model_format.h"

namespace nn {

/// The content of a safetensors file. Error for anything that its specification forbids.
ForeignModel parse_safetensors(std::span<const std::byte> bytes, const Budget& budget);

struct TensorToStore {
  std::string name;
  Shape shape;
  std::span<const float> values;
};
/// A safetensors file of these tensors as float32, in the order of their names. description: of description_of();
/// empty: none.
std::vector<std::byte> safetensors_bytes(std::vector<TensorToStore> tensors, const std::string& description);

}  // namespace nn
