// SPDX-License-Identifier: MIT
// The dictionary at the start of an .npy file: {'descr': '<f4', 'fortran_order': False, 'shape': (60, 4), }.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/shape.h"

namespace nn {

/// Whether the bytes begin as an .npy file does.
bool is_npy(std::string_view start);

struct NpyHeader {
  bool big_endian = false, fortran = false;
  char kind = 0;    ///< b, i, u, f, S, U
  size_t size = 0;  ///< bytes of one element
  Shape shape;
  std::string descr;
  size_t data_at = 0;  ///< offset of the values
};
/// Error for another magic, version or dictionary, objects, more than 32 axes, sizes that overflow.
NpyHeader parse_npy_header(std::span<const std::byte> bytes);
/// Bytes of the file that begins so, as its header states them; empty when that is no whole header.
std::optional<uint64_t> npy_size(std::span<const std::byte> start);
std::string npy_header_text(const std::string& descr, const Shape& shape);

}  // namespace nn
