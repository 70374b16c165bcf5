// SPDX-License-Identifier: MIT
// Zip archives in memory, read as hostile: nothing is extracted to disk. Only zip.cpp sees libzip.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/system/budget.h"

namespace nn {

struct ZipMember {
  std::string name;
  std::vector<std::byte> bytes;
};

/// Whether the bytes begin as an archive does, also an empty one.
bool is_zip(std::string_view start);
/// The members that `wanted` names (all without it); the others are looked at but not unpacked. Error for: encryption,
/// other methods than stored and deflate, names that are absolute, climb (..), hold a backslash or a drive, or come
/// twice; members that overlap; local headers that disagree with the directory; a bad CRC; more than 100,000 members;
/// more bytes in all wanted members than the budget has (asked before anything is unpacked).
std::vector<ZipMember> read_zip(std::span<const std::byte> archive, const Budget& budget = Budget{},
                                const std::function<bool(const std::string& name)>& wanted = {});
/// Stored, not compressed, as numpy.savez does; times are fixed, so equal members give equal bytes. alignment: the
/// bytes of each member begin at a multiple of it in the archive, filled up as torch.save does; 0: anywhere.
std::vector<std::byte> write_zip(const std::vector<ZipMember>& members, size_t alignment = 0);

}  // namespace nn
