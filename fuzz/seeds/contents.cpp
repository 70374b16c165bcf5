// SPDX-License-Identifier: MIT
// contents FILE OUT: the size of an HDF5 file and its table of contents, as fuzz/contents.cpp takes them.
#include <cstdint>
#include <fstream>

#include "h5/reading/reader.h"
#include "h5/reading/walk.h"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const auto image = nn::h5::read_bytes(argv[1]);
  std::ofstream out(argv[2], std::ios::binary);
  const uint64_t size = image.size();
  out.write(reinterpret_cast<const char*>(&size), sizeof size);
  const auto put = [&](std::span<const std::byte> part) {
    out.write(reinterpret_cast<const char*>(part.data()), static_cast<std::streamsize>(part.size()));
  };
  nn::h5::Walk(image, true, {[](const std::string&, const std::string&) {}, put}).run();
  return out ? 0 : 1;
}
