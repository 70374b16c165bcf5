// SPDX-License-Identifier: MIT
// Values of tensors that lie in a file beside the .onnx, as exporters of large models write them. Only files of the
// same folder, or below it, are opened: a name that leads out, through ".." or a link, is refused.
#pragma once

#include <string>

#include "formats/models/onnx/onnx_tensor.h"

namespace nn {

/// That many bytes. Error when there is no such file, when it is too short, or lies elsewhere.
std::string external_bytes(const onnx::TensorProto& proto, uint64_t bytes, const OnnxPlace& place);

}  // namespace nn
