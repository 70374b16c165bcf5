// SPDX-License-Identifier: MIT
#include "h5/writing/equal_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/descriptor.h"
#include "base/error.h"
#include "base/system/retry.h"
#include "h5/image.h"
#include "h5/reading/reader.h"

namespace nn::h5 {
namespace {

bool same_bytes(int descriptor, std::span<const std::byte> bytes) {
  std::vector<std::byte> there(std::min<size_t>(bytes.size() + 1, size_t{1} << 20));
  for (size_t at = 0;;) {
    const ssize_t got =
        retried([&] { return ::pread(descriptor, there.data(), there.size(), static_cast<off_t>(at)); });
    if (got < 0) return false;
    if (got == 0) return at == bytes.size();
    const auto count = static_cast<size_t>(got);
    if (count > bytes.size() - at || std::memcmp(there.data(), bytes.data() + at, count) != 0) return false;
    at += count;
  }
}

}  // namespace

bool holds_equal(const std::string& file, std::span<const std::byte> bytes, const Budget& budget) {
  const Descriptor opened(retried([&] { return ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); }));
  struct stat info {};
  if (opened.get() < 0 || ::fstat(opened.get(), &info) != 0 || !S_ISREG(info.st_mode)) return false;
  if (static_cast<uint64_t>(info.st_size) == bytes.size() && same_bytes(opened.get(), bytes)) return true;
  if (!has_signature(bytes)) return false;
  try {
    const Reader made = Reader::of_bytes(bytes, file, "", budget);
    const Reader there = Reader::open(file, made.kind(), budget);
    if (there.stored_digest() != made.stored_digest()) return false;
    there.verify();
    return true;
  } catch (const Error&) {
    return false;  // what cannot be read is replaced
  }
}

}  // namespace nn::h5
