// SPDX-License-Identifier: MIT
// Files by content: FOLDER/sha256/ab/<hash>. What is read is hashed again; what is damaged is removed.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/log.h"

namespace nn {

class Cache {
 public:
  Cache(std::string folder, const Log* log) : folder_(std::move(folder)), log_(log) {}
  std::optional<std::vector<std::byte>> find(const std::string& sha256, int64_t size) const;
  /// Failure to store is a warning: the bytes are there all the same.
  void store(const std::string& sha256, std::span<const std::byte> bytes) const;

 private:
  std::string path_of(const std::string& sha256) const;
  std::string folder_;
  const Log* log_;
};

}  // namespace nn
