// SPDX-License-Identifier: MIT
// nn-soak-flips FILE FIRST STEP SEED: changes one bit of every STEPth byte of FILE, from FIRST on, and lets `nn-info
// --check` look at each changed file, without a process for every one. Prints "BYTE MASK" of those that it calls good,
// and how many were tried.
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

#include "base/error.h"
#include "h5/reading/reader.h"

int main(int argc, char** argv) {
  if (argc != 5) return std::cerr << "usage: nn-soak-flips FILE FIRST STEP SEED\n", 2;
  const std::vector<std::byte> good = nn::h5::read_bytes(argv[1]);
  const size_t first = std::stoul(argv[2]), step = std::stoul(argv[3]);
  std::mt19937 random(static_cast<uint32_t>(std::stoul(argv[4])));
  size_t tried = 0;
  for (size_t at = first; at < good.size(); at += step, ++tried) {
    std::vector<std::byte> bad = good;
    const unsigned mask = 1U << (random() % 8);
    bad[at] ^= static_cast<std::byte>(mask);
    try {
      nn::h5::Reader::of_bytes(bad, "changed").verify();
      std::cout << at << ' ' << mask << '\n';
    } catch (const nn::Error&) {
    }
  }
  std::cout << "tried " << tried << '\n';
}
