// SPDX-License-Identifier: MIT
#include "data/fetch/cache.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/error.h"
#include "base/sha256.h"
#include "h5/reading/reader.h"
#include "h5/writing/outfile.h"

namespace nn {

namespace fs = std::filesystem;

std::string Cache::path_of(const std::string& sha256) const {
  return fmt::format("{}/sha256/{}/{}", folder_, sha256.substr(0, 2), sha256);
}

std::optional<std::vector<std::byte>> Cache::find(const std::string& sha256, int64_t size) const {
  if (folder_.empty()) return std::nullopt;
  const std::string path = path_of(sha256);
  std::error_code none;
  if (!fs::is_regular_file(path, none)) return std::nullopt;
  try {
    if (fs::file_size(path) == static_cast<uintmax_t>(size)) {
      std::vector<std::byte> bytes = h5::read_bytes(path);
      if (sha256_hex(bytes) == sha256) return bytes;
    }
    if (log_) log_->warning(fmt::format("{}: damaged file in the cache removed; it is fetched again", path));
    fs::remove(path, none);
  } catch (const std::exception& e) {
    if (log_) log_->warning(fmt::format("{}: {}", path, e.what()));
  }
  return std::nullopt;
}

void Cache::store(const std::string& sha256, std::span<const std::byte> bytes) const {
  if (folder_.empty()) return;
  const std::string path = path_of(sha256);
  try {
    fs::create_directories(fs::path(path).parent_path());
    h5::OutFile file(path, h5::OutFile::Content::binary);
    file.commit(bytes);
    fs::permissions(path, fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read);
  } catch (const std::exception& e) {
    if (log_) log_->warning(fmt::format("not kept in the cache: {}", e.what()));
  }
}

}  // namespace nn
