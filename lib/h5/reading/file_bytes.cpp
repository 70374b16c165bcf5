// SPDX-License-Identifier: MIT
#include "h5/reading/file_bytes.h"

#include <unistd.h>

#include <cstring>

#include "base/system/retry.h"

namespace nn::h5 {

bool FileBytes::read(uint64_t at, std::span<std::byte> out) const {
  if (at > size_ || out.size() > size_ - at) return false;
  if (in_memory()) {
    if (!out.empty()) std::memcpy(out.data(), image_.data() + at, out.size());
    return true;
  }
  while (!out.empty()) {
    const ssize_t got = retried([&] { return ::pread(descriptor_, out.data(), out.size(), static_cast<off_t>(at)); });
    if (got <= 0) return false;
    at += static_cast<uint64_t>(got);
    out = out.subspan(static_cast<size_t>(got));
  }
  return true;
}

std::span<const std::byte> FileBytes::get(uint64_t at, uint64_t count, std::vector<std::byte>& buffer) const {
  if (at > size_ || count > size_ - at) return {};
  if (in_memory()) return image_.subspan(static_cast<size_t>(at), static_cast<size_t>(count));
  if (buffer.size() < count) buffer.resize(static_cast<size_t>(count));
  const std::span<std::byte> out = std::span(buffer).first(static_cast<size_t>(count));
  return read(at, out) ? out : std::span<std::byte>();
}

}  // namespace nn::h5
