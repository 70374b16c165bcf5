// SPDX-License-Identifier: MIT
// Compressed files and archives that are not read here, told from their first bytes.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace nn {

/// UsageError with the command that unpacks `input`, where its first bytes are of xz, bzip2, zstd, lz4, 7-Zip, or of a
/// ZIP archive that does not begin with an array of NumPy.
void refuse_packed(const std::string& input, std::span<const std::byte> start);

}  // namespace nn
