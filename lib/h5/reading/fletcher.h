// SPDX-License-Identifier: MIT
// The sum that HDF5 puts behind a chunk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace nn::h5 {

/// HDF5's form of Fletcher's sum: 16-bit words, the upper byte first (H5checksum.c describes it; File Format, filter
/// 3).
uint32_t fletcher32(std::span<const std::byte> bytes);

}  // namespace nn::h5
