// SPDX-License-Identifier: MIT
#include "random/python.h"

#include <array>

namespace nn {
namespace {

Mersenne seeded(uint64_t seed) {
  const std::array<uint32_t, 2> key{static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)};
  return Mersenne(std::span<const uint32_t>(key).first(key[1] ? 2 : 1));
}

}  // namespace

PythonRandom::PythonRandom(uint64_t seed) : words_(seeded(seed)) {}

int64_t PythonRandom::layer_seed() {
  constexpr uint32_t n = 1000000000;
  uint32_t r;
  do r = words_.next() >> 2;  // as many bits as n has
  while (r >= n);
  return static_cast<int64_t>(r) + 1;
}

}  // namespace nn
