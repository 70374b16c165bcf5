// SPDX-License-Identifier: MIT
// The bytes of a file as its readers take them: an image in memory, or an open file of which parts are read as they are
// asked for, so that it may be larger than memory.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace nn::h5 {

class FileBytes {
 public:
  FileBytes() = default;
  /// An image: it outlives this.
  template <std::convertible_to<std::span<const std::byte>> Image>
  FileBytes(const Image& image) : image_(image), size_(image_.size()) {}
  /// descriptor: stays open while this is used; its place is neither used nor moved.
  FileBytes(int descriptor, uint64_t size) : descriptor_(descriptor), size_(size) {}

  uint64_t size() const { return size_; }
  bool in_memory() const { return descriptor_ < 0; }
  std::span<const std::byte> image() const { return image_; }  ///< in memory only
  int descriptor() const { return descriptor_; }               ///< of a file only, else -1

  /// All of `out` from there. False when they cannot be read, or are not there any more.
  bool read(uint64_t at, std::span<std::byte> out) const;
  /// Bytes [at, at + count): where they lie in memory, or read into `buffer`; empty when that fails (count is not 0).
  std::span<const std::byte> get(uint64_t at, uint64_t count, std::vector<std::byte>& buffer) const;

 private:
  std::span<const std::byte> image_;
  int descriptor_ = -1;
  uint64_t size_ = 0;
};

}  // namespace nn::h5
