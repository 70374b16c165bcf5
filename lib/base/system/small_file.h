// SPDX-License-Identifier: MIT
// The beginning of a file, without allocation: for what the kernel tells in /proc, also in a process that was forked.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <span>
#include <string_view>

#include "base/system/retry.h"

namespace nn {

/// As much of the file as one read gives, in `text`; empty when it cannot be read.
inline std::string_view beginning_of(const char* file, std::span<char> text) {
  const int descriptor = retried([&] { return ::open(file, O_RDONLY | O_CLOEXEC); });
  if (descriptor < 0) return {};
  const ssize_t got = retried([&] { return ::read(descriptor, text.data(), text.size()); });
  ::close(descriptor);
  return {text.data(), got > 0 ? static_cast<size_t>(got) : 0};
}

}  // namespace nn
