// SPDX-License-Identifier: MIT
// The IDX format of MNIST (Y. LeCun), plain or gzip. Strict: magic 00 00 type rank, rank 1 to 8, the product of the
// extents without overflow and exactly as many bytes as it says. Types uint8, int32, float32, float64, big-endian.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "h5/array.h"

namespace nn {

/// name stands in front of error messages.
h5::Array read_idx(std::span<const std::byte> bytes, const std::string& name);
/// Error for a type or rank that IDX does not have (int64).
std::vector<std::byte> write_idx(const h5::Array& values);

}  // namespace nn
