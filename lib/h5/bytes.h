// SPDX-License-Identifier: MIT
// Checked loops over read(2) and write(2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/descriptor.h"
#include "base/system/budget.h"
#include "h5/array.h"

namespace nn::h5 {

template <class Vector>
struct ReadAs {
  Vector bytes;
  bool is_stream = false;  ///< standard input, or something that cannot seek
  std::string name;        ///< for messages
  uint64_t size = 0;       ///< of the file, also where not all of it was read
};
using Source = ReadAs<Bytes>;

/// Reads an HDF5 image from a file or "-". Foreign bytes are refused by their first eight, and nothing is read much
/// beyond the end that the superblock states. UsageError when it is a terminal; devices are not opened.
Source read_image(const std::string& name, const Budget& budget);

/// A regular file of `least` bytes or more, open for reading; nothing when it is smaller, or something else.
struct LargeFile {
  Descriptor descriptor;
  std::string name;  ///< for messages
  uint64_t size = 0;
};
std::optional<LargeFile> open_large(const std::string& name, uint64_t least);

/// Writes all of it. Error "what: No space left on device"; on EPIPE the process ends by SIGPIPE, as is usual in a
/// pipe.
void write_all(int descriptor, std::span<const std::byte> bytes, const std::string& what);

/// Text of errno.
std::string system_reason(int number);

}  // namespace nn::h5
