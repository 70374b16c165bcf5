// SPDX-License-Identifier: MIT
#include "base/rng.h"

#include <cmath>
#include <numbers>
#include <numeric>

#include "base/error.h"

namespace nn {
namespace {

// Finalizer of SplitMix64 (Steele et al. 2014): a bijection, so that different seeds never share a key.
uint64_t mixed(uint64_t x) {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

// FNV-1a, 64 bits.
uint64_t hash_of(std::string_view text) {
  uint64_t hash = 0xCBF29CE484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  return hash;
}

}  // namespace

uint32_t Stream::word() {
  uint32_t value = 0;
  words({&value, 1});
  return value;
}

double Stream::uniform() {
  std::array<uint32_t, 2> pair{};
  words(pair);
  const uint64_t bits = static_cast<uint64_t>(pair[0] >> 5) << 26 | pair[1] >> 6;
  return static_cast<double>(bits) * 0x1p-53;
}

double Stream::normal() {
  const double radius = std::sqrt(-2 * std::log(1 - uniform()));  // 1 - [0,1) is never 0
  return radius * std::cos(2 * std::numbers::pi * uniform());
}

uint64_t Stream::below(uint64_t n) {
  // The last, incomplete run of n values among the 2^64 is drawn again.
  const uint64_t incomplete = (0 - n) % n;
  for (;;) {
    std::array<uint32_t, 2> pair{};
    words(pair);
    const uint64_t value = static_cast<uint64_t>(pair[0]) << 32 | pair[1];
    if (value >= incomplete) return value % n;
  }
}

std::vector<int64_t> Stream::permutation(int64_t n) {
  std::vector<int64_t> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), int64_t{0});
  for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[below(i)]);
  return order;
}

std::array<uint32_t, 4> philox(std::array<uint32_t, 4> c, std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t a = uint64_t{0xD2511F53U} * c[0];
    const uint64_t b = uint64_t{0xCD9E8D57U} * c[2];
    c = {static_cast<uint32_t>(b >> 32) ^ c[1] ^ key[0], static_cast<uint32_t>(b),
         static_cast<uint32_t>(a >> 32) ^ c[3] ^ key[1], static_cast<uint32_t>(a)};
    key[0] += 0x9E3779B9U;
    key[1] += 0xBB67AE85U;
  }
  return c;
}

Philox::Philox(uint64_t seed, std::string_view use) : key_(mixed(seed + mixed(hash_of(use)))) {}

void Philox::at(uint64_t index, std::span<uint32_t> out) const {
  const std::array<uint32_t, 2> key{static_cast<uint32_t>(key_), static_cast<uint32_t>(key_ >> 32)};
  size_t done = 0;
  while (done < out.size()) {
    const uint64_t block = index / 4;
    const std::array<uint32_t, 4> four =
        philox({static_cast<uint32_t>(block), static_cast<uint32_t>(block >> 32), 0, 0}, key);
    for (size_t word = index % 4; word < 4 && done < out.size(); ++word, ++index) out[done++] = four[word];
  }
}

void Philox::words(std::span<uint32_t> out) {
  at(index_, out);
  index_ += out.size();
}

void Philox::restore(std::span<const uint64_t> state) {
  if (state.size() != 1)
    throw Error("the state of a Philox stream is one number, found " + std::to_string(state.size()));
  index_ = state[0];
}

}  // namespace nn
