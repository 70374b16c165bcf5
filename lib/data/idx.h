// SPDX-License-Identifier: MIT
// The IDX format of MNIST (Y. LeCun), plain or gzip. Strict: magic 00 00 type rank, rank 1 to 8, the product of the
// extents without overflow and exactly as many bytes as it says. Types uint8, int8, int16, int32, float32, float64,
// big-endian; int8 and int16 become int32 here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/system/budget.h"
#include "h5/array.h"

namespace nn {

/// Whether the bytes begin as a plain IDX file does.
bool is_idx(std::string_view start);
/// name stands in front of error messages. The header is looked at before anything is unpacked, and no more is unpacked
/// than it says.
h5::Array read_idx(std::span<const std::byte> bytes, const std::string& name, const Budget& budget = Budget{});
/// Bytes of the file that begins so, as its header states them; empty when that is no whole header.
std::optional<uint64_t> idx_size(std::span<const std::byte> start);
/// Error for a type or rank that IDX does not have (int64).
std::vector<std::byte> write_idx(const h5::Array& values);

}  // namespace nn
