// SPDX-License-Identifier: MIT
#include "h5/reading/fletcher.h"

#include <algorithm>
#include <cstring>

namespace nn::h5 {
namespace {

/// The two sums of Fletcher's, modulo 65535: folded, what is not 0 stays so.
struct FletcherSums {
  uint64_t one = 0, two = 0;
  void add(uint64_t word) { two += one += word; }
  void fold() {
    for (uint64_t* sum : {&one, &two})
      while (*sum >> 16) *sum = (*sum & 0xFFFFU) + (*sum >> 16);
  }
};

typedef uint16_t Words __attribute__((vector_size(16)));
typedef uint32_t Lanes __attribute__((vector_size(16)));
constexpr size_t word_lanes = 8;
constexpr size_t most_steps = 360;  // whose sums of sums fit into 32 bits

/// Eight words per step: lane l sums words l, l + 8, ..., and those sums, from which both sums of all words follow.
void add_steps(const std::byte* bytes, size_t steps, FletcherSums& sums) {
  const Words none{};
  Lanes low{}, high{}, lows{}, highs{};
  for (size_t i = 0; i < steps; ++i) {
    Words w;
    std::memcpy(&w, bytes + i * sizeof w, sizeof w);
    w = w << 8 | w >> 8;
    lows += low += reinterpret_cast<Lanes>(__builtin_shufflevector(w, none, 0, 8, 1, 9, 2, 10, 3, 11));
    highs += high += reinterpret_cast<Lanes>(__builtin_shufflevector(w, none, 4, 12, 5, 13, 6, 14, 7, 15));
  }
  sums.two += steps * word_lanes * sums.one;
  for (size_t l = 0; l < word_lanes; ++l) {
    const uint64_t one = l < 4 ? low[l] : high[l - 4], two = l < 4 ? lows[l] : highs[l - 4];
    sums.one += one;
    sums.two += two * word_lanes - l * one;
  }
  sums.fold();
}

}  // namespace

uint32_t fletcher32(std::span<const std::byte> bytes) {
  FletcherSums sums;
  for (size_t steps; (steps = std::min(bytes.size() / sizeof(Words), most_steps)) > 0;
       bytes = bytes.subspan(steps * sizeof(Words)))
    add_steps(bytes.data(), steps, sums);
  for (size_t i = 0; i < bytes.size(); i += 2)
    sums.add(std::to_integer<uint64_t>(bytes[i]) << 8 |
             (i + 1 < bytes.size() ? std::to_integer<uint64_t>(bytes[i + 1]) : 0));
  sums.fold();
  return static_cast<uint32_t>(sums.two << 16 | sums.one);
}

}  // namespace nn::h5
