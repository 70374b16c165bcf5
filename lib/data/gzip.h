// SPDX-License-Identifier: MIT
// gzip in memory through zlib, with a bound on what comes out.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace nn {

bool is_gzip(std::span<const std::byte> bytes);

/// Inflates the one member that the bytes must be. Error: damaged, cut short, followed by other bytes, or more than
/// `limit` bytes of content. Memory grows with the content, never with a number that the file states.
std::vector<std::byte> gunzip(std::span<const std::byte> bytes, size_t limit);
/// The first `count` bytes of the content; fewer when it ends before.
std::vector<std::byte> gunzip_start(std::span<const std::byte> bytes, size_t count);

/// One member without name and time, so that equal content gives equal bytes.
std::vector<std::byte> gzip(std::span<const std::byte> content, int level = 6);

}  // namespace nn
