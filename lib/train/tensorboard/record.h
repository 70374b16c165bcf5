// SPDX-License-Identifier: MIT
// Frames of TensorBoard's event files (TFRecord): length, its checksum, bytes, their checksum. All little-endian.
// Source: tensorboard/summary/writer/record_writer.py.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace nn::tensorboard {

/// CRC-32C (Castagnoli), as iSCSI has it: reflected polynomial 0x82F63B78, begun and ended with all bits inverted.
uint32_t crc32c(std::string_view bytes);
/// What stands in the files: the sum rotated right by 15 bits plus 0xA282EAD8, so that sums of sums do not collide.
uint32_t masked_crc32c(std::string_view bytes);
/// One record around these bytes.
std::string framed(std::string_view bytes);

}  // namespace nn::tensorboard
