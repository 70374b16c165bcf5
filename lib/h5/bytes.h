// SPDX-License-Identifier: MIT
// Checked loops over read(2) and write(2).
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "h5/array.h"

namespace nn::h5 {

template <class Vector>
struct ReadAs {
  Vector bytes;
  bool is_stream = false;  ///< standard input, or something that cannot seek
  std::string name;        ///< for messages
};
using Source = ReadAs<Bytes>;

/// Reads everything of a file or of "-". UsageError when it is a terminal.
Source read_source(const std::string& name);

/// Writes all of it. Error "what: No space left on device"; on EPIPE the process ends by SIGPIPE, as is usual in a pipe.
void write_all(int descriptor, std::span<const std::byte> bytes, const std::string& what);

/// Text of errno.
std::string system_reason(int number);

}  // namespace nn::h5
