// SPDX-License-Identifier: MIT
// A file of ONNX as protobuf's classes. Before protobuf makes them, the bytes are walked once: a few bytes of a file
// can ask for a thousand times as much memory.
#pragma once

#include <span>

#include "base/system/budget.h"
#include "formats/models/onnx/onnx.pb.h"

namespace nn {

/// Error naming the byte where a file is cut off or damaged; for one with more parts, or nested deeper, than any model.
void check_onnx_bytes(std::span<const std::byte> bytes, const Budget& budget);
onnx::ModelProto parse_onnx(std::span<const std::byte> bytes, const Budget& budget);
/// Whether the first bytes of a file are those of one.
bool is_onnx(std::string_view start);

}  // namespace nn
