// SPDX-License-Identifier: MIT
// A look at the start of an input that leaves it as it was.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace nn {

/// Up to 64 KiB from the start of a file, of standard input ("-") or of a pipe of the shell (/dev/fd/N); what comes from a pipe
/// is copied, not taken. Empty for anything else that cannot seek.
std::vector<std::byte> first_bytes(const std::string& input);
/// What the first bytes of a gzip file unpack to, as far as they go.
std::vector<std::byte> start_of_gzip(std::span<const std::byte> bytes);

}  // namespace nn
