// SPDX-License-Identifier: MIT
#include "base/file_sums.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "base/sha256.h"

namespace nn {

namespace fs = std::filesystem;

std::string sha256_of_file(const std::string& name) {
  std::ifstream in(name, std::ios::binary);
  if (!in) return "";
  Sha256 sum;
  std::vector<char> part(size_t{1} << 18);
  while (in) {
    in.read(part.data(), static_cast<std::streamsize>(part.size()));
    sum.add(std::string_view(part.data(), static_cast<size_t>(in.gcount())));
  }
  return in.bad() ? "" : sum.hex();
}

std::string sha256_of_folder(const std::string& name) {
  std::vector<std::string> lines;
  std::error_code failure;
  for (const auto& entry : fs::recursive_directory_iterator(name, failure)) {
    if (entry.is_symlink(failure) || !entry.is_regular_file(failure)) continue;
    const std::string sum = sha256_of_file(entry.path().string());
    if (sum.empty()) return "";
    lines.push_back(sum + "  ./" + entry.path().lexically_relative(name).string() + "\n");
  }
  std::sort(lines.begin(), lines.end());
  Sha256 all;
  for (const std::string& line : lines) all.add(line);
  return failure ? "" : all.hex();
}

bool begins_as_hdf5(const std::string& name) {
  std::array<char, 8> head{};
  std::ifstream in(name, std::ios::binary);
  return in.read(head.data(), head.size()) && std::memcmp(head.data(), "\x89HDF\r\n\x1a\n", head.size()) == 0;
}

}  // namespace nn
