// SPDX-License-Identifier: MIT
// run_corpus FOLDER [ROUNDS]: a target without libFuzzer. Every file of the folder goes in as it is, cut at every
// length up to 256 bytes, and ROUNDS times (100) with some bytes changed, always the same ones. An empty folder is a
// failure.
#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "entry.h"

namespace {

uint64_t state = 1;
uint64_t below(uint64_t n) {
  state = state * 6364136223846793005ULL + 1442695040888963407ULL;
  return (state >> 33) % n;
}

/// A copy of exactly the size, so that a read past the end is seen by sanitizers.
void run(const std::vector<uint8_t>& bytes, size_t size) {
  uint8_t* copy = new uint8_t[size];
  std::copy_n(bytes.begin(), size, copy);
  LLVMFuzzerTestOneInput(copy, size);
  delete[] copy;
}

void change(std::vector<uint8_t>& bytes) {
  static const uint8_t telling[] = {0, 1, 0x7f, 0x80, 0xff, '0', '9', '-', ',', '"', '\n', '{', '}'};
  for (uint64_t i = 1 + below(4); i > 0 && !bytes.empty(); --i) {
    const size_t at = below(bytes.size());
    switch (below(4)) {
      case 0:
        bytes[at] = telling[below(sizeof telling)];
        break;
      case 1:
        bytes[at] = static_cast<uint8_t>(bytes[at] ^ 1U << below(8));
        break;
      case 2:
        bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(at));
        break;
      default:
        bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at), telling[below(sizeof telling)]);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return std::fprintf(stderr, "usage: run_corpus FOLDER [ROUNDS]\n"), 2;
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 100;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  size_t tries = 0;
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    const std::vector<uint8_t> bytes{std::istreambuf_iterator<char>(in), {}};
    std::fprintf(stderr, "%s\n", file.c_str());  // the last one named is the one that failed
    run(bytes, bytes.size());
    for (size_t n = 0; n < std::min<size_t>(bytes.size(), 256); ++n) run(bytes, n);
    for (int i = 0; i < rounds; ++i) {
      std::vector<uint8_t> changed = bytes;
      change(changed);
      run(changed, changed.size());
    }
    tries += 1 + std::min<size_t>(bytes.size(), 256) + static_cast<size_t>(rounds);
  }
  std::printf("%zu files, %zu tries\n", files.size(), tries);
  return files.empty() ? 1 : 0;
}
