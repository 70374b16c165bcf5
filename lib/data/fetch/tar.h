// SPDX-License-Identifier: MIT
// Archives of tar in memory: POSIX ustar and GNU's long names. Read as hostile; nothing is written to disk.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>

namespace nn {

/// Gives each regular file to take(name, bytes), in the order of the archive; folders are passed over. Error for a
/// header whose checksum is wrong, a size beyond the archive, a name that is absolute or climbs (..), links and
/// devices, more than 1,000,000 members, and an archive without its end.
void read_tar(std::span<const std::byte> archive,
              const std::function<void(const std::string& name, std::span<const std::byte> bytes)>& take);

}  // namespace nn
