// SPDX-License-Identifier: MIT
// A file of ONNX as a foreign model: layers as text, and their weights in place.
#pragma once

#include "formats/models/model_format.h"
#include "formats/models/onnx/onnx_tensor.h"

namespace nn {

/// sample: its shape, where the user says it; rank 0: as the file says. Error naming what cannot be read.
ForeignModel model_of_onnx(const onnx::ModelProto& proto, const OnnxPlace& place, const Shape& sample);

}  // namespace nn
