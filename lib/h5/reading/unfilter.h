// SPDX-License-Identifier: MIT
// The filters of a chunk backwards: fletcher32, deflate, shuffle.
#pragma once

#include <libdeflate.h>

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "h5/reading/contents.h"

namespace nn::h5 {

/// One for each thread; its buffers are used again.
class Unfilter {
 public:
  /// The values of a stored chunk into `out`, which has their size. Null, or what is wrong.
  const char* operator()(const Object& dataset, const StoredChunk& chunk, std::span<const std::byte> stored,
                         std::span<std::byte> out);
  /// Bytes of its buffers for chunks of that size, at the most.
  static uint64_t memory(const Object& dataset, uint64_t chunk);
  std::vector<std::byte>& stored() { return stored_; }    ///< for who reads a stored chunk
  std::vector<std::byte>& scratch() { return scratch_; }  ///< for who needs a whole chunk to take part of it

 private:
  struct FreeInflater {
    void operator()(libdeflate_decompressor* d) const { libdeflate_free_decompressor(d); }
  };
  std::unique_ptr<libdeflate_decompressor, FreeInflater> inflater_;
  std::vector<std::byte> buffers_[2], stored_, scratch_;
};

}  // namespace nn::h5
