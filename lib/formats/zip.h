// SPDX-License-Identifier: MIT
// Zip archives in memory, read as hostile: nothing is extracted to disk. Only zip.cpp sees libzip.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace nn {

struct ZipMember {
  std::string name;
  std::vector<std::byte> bytes;
};

/// All members. Error for: encryption, other methods than stored and deflate, names that are absolute, climb (..), hold
/// a backslash or a drive, or come twice; members that overlap; local headers that disagree with the directory; a bad
/// CRC; more than 100,000 members; more bytes than `budget` in all (checked before anything is unpacked).
std::vector<ZipMember> read_zip(std::span<const std::byte> archive, size_t budget = size_t{16} << 30);
/// Stored, not compressed, as numpy.savez does; times are fixed, so equal members give equal bytes.
std::vector<std::byte> write_zip(const std::vector<ZipMember>& members);

}  // namespace nn
