// SPDX-License-Identifier: MIT
// The bytes of a file of ONNX as a foreign model.
#pragma once

#include <span>
#include <string>

#include "formats/models/model_format.h"

namespace nn {

/// folder: of the file, where values beside it may lie; empty: none may. sample: shape of a sample where the user says
/// it, else of rank 0. Error for what is damaged, and for what no layer here computes, naming node and operator.
ForeignModel model_in_onnx(std::span<const std::byte> bytes, const std::string& folder, const Budget& budget,
                           const Shape& sample);

}  // namespace nn
