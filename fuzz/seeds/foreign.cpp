// SPDX-License-Identifier: MIT
// foreign FILE OUT: what the reading child says of an HDF5 file of another program, as fuzz/foreign.cpp takes it.
#include <fstream>
#include <iterator>
#include <vector>

#include "h5/reading/foreign_walk.h"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  std::ifstream in(argv[1], std::ios::binary);
  const std::vector<char> image{std::istreambuf_iterator<char>(in), {}};
  std::ofstream out(argv[2], std::ios::binary);
  const auto put = [&](std::span<const std::byte> part) {
    out.write(reinterpret_cast<const char*>(part.data()), static_cast<std::streamsize>(part.size()));
  };
  nn::h5::walk_foreign(std::as_bytes(std::span(image)), false, {[](const std::string&, const std::string&) {}, put});
  return out ? 0 : 1;
}
