// SPDX-License-Identifier: MIT
#include "random/mersenne.h"

#include <algorithm>

#include "base/error.h"
#include "random/clones.h"

namespace nn {
namespace {

constexpr size_t size = Mersenne::size, shift = 397;

/// The recurrence: upper bit of one word, lower bits of the next.
inline uint32_t twisted(uint32_t far, uint32_t one, uint32_t next) {
  const uint32_t y = (one & 0x80000000U) | (next & 0x7FFFFFFFU);
  return far ^ (y >> 1) ^ ((0U - (y & 1U)) & 0x9908B0DFU);
}

inline uint32_t tempered(uint32_t y) {
  y ^= y >> 11;
  y ^= (y << 7) & 0x9D2C5680U;
  y ^= (y << 15) & 0xEFC60000U;
  return y ^ (y >> 18);
}

NN_CLONES void next_state(uint32_t* s) {
  for (size_t k = 0; k < size - shift; ++k) s[k] = twisted(s[k + shift], s[k], s[k + 1]);
  for (size_t k = size - shift; k < size - 1; ++k) s[k] = twisted(s[k + shift - size], s[k], s[k + 1]);
  s[size - 1] = twisted(s[shift - 1], s[size - 1], s[0]);
}

NN_CLONES void temper(const uint32_t* state, uint32_t* out, size_t n) {
  for (size_t k = 0; k < n; ++k) out[k] = tempered(state[k]);
}

/// mask[i]: all ones where the lower `bits` of the first word of a pair are below the limit. Whether any was the limit
/// itself.
NN_CLONES bool first_below(const uint32_t* state, size_t pairs, uint32_t bits, uint32_t limit, uint32_t* mask) {
  uint32_t equal = 0;
  for (size_t i = 0; i < pairs; ++i) {
    const uint32_t first = tempered(state[2 * i]) & bits;
    mask[i] = first < limit ? 0xFFFFFFFFU : 0;
    equal |= first == limit ? 1U : 0U;
  }
  return equal != 0;
}

}  // namespace

Mersenne::Mersenne(uint32_t seed) { start(seed); }

void Mersenne::start(uint32_t seed) {
  state_[0] = seed;
  for (uint32_t j = 1; j < size; ++j) state_[j] = 1812433253U * (state_[j - 1] ^ (state_[j - 1] >> 30)) + j;
  at_ = size;
}

Mersenne::Mersenne(std::span<const uint32_t> key) {
  start(19650218U);
  size_t i = 1, j = 0;
  const auto mix = [&](uint32_t factor) { return state_[i] ^ ((state_[i - 1] ^ (state_[i - 1] >> 30)) * factor); };
  const auto advance = [&] {
    if (++i < size) return;
    state_[0] = state_[size - 1];
    i = 1;
  };
  for (size_t k = std::max(size, key.size()); k > 0; --k) {
    state_[i] = mix(1664525U) + key[j] + static_cast<uint32_t>(j);
    advance();
    if (++j == key.size()) j = 0;
  }
  for (size_t k = size - 1; k > 0; --k) {
    state_[i] = mix(1566083941U) - static_cast<uint32_t>(i);
    advance();
  }
  state_[0] = 0x80000000U;
}

void Mersenne::refill() {
  next_state(state_.data());
  at_ = 0;
}

uint32_t Mersenne::next() {
  if (at_ == size) refill();
  return tempered(state_[at_++]);
}

void Mersenne::words(std::span<uint32_t> out) {
  while (!out.empty()) {
    if (at_ == size) refill();
    const size_t n = std::min(out.size(), size - at_);
    temper(state_.data() + at_, out.data(), n);
    at_ += n;
    out = out.subspan(n);
  }
}

void Mersenne::below(uint64_t limit, std::span<uint32_t> mask) {
  constexpr uint64_t bits = (uint64_t{1} << 53) - 1;
  while (!mask.empty()) {
    if (at_ == size) refill();
    const uint32_t* pairs = state_.data() + at_;
    size_t n = std::min(mask.size(), (size - at_) / 2);
    if (n == 0) {
      n = 1;  // a pair of the last word and the first of the next 624
      mask[0] = (next64() & bits) < limit ? 0xFFFFFFFFU : 0;
    } else {
      // What the second word is hardly ever matters: its bits are the lower ones.
      if (first_below(pairs, n, static_cast<uint32_t>(bits >> 32), static_cast<uint32_t>(limit >> 32), mask.data()))
        for (size_t i = 0; i < n; ++i) {
          const uint64_t r = static_cast<uint64_t>(tempered(pairs[2 * i])) << 32 | tempered(pairs[2 * i + 1]);
          mask[i] = (r & bits) < limit ? 0xFFFFFFFFU : 0;
        }
      at_ += 2 * n;
    }
    mask = mask.subspan(n);
  }
}

std::vector<uint64_t> Mersenne::state() const {
  std::vector<uint64_t> words(state_.begin(), state_.end());
  words.push_back(at_);
  return words;
}

void Mersenne::restore(std::span<const uint64_t> state) {
  if (state.size() != size + 1 || state[size] > size)
    throw Error("the state of a Mersenne Twister is 624 words and a place, found " + std::to_string(state.size()) +
                " numbers");
  if (std::any_of(state.begin(), state.end() - 1, [](uint64_t word) { return word > 0xFFFFFFFFU; }))
    throw Error("the state of a Mersenne Twister has words of 32 bits, found a larger one");
  for (size_t i = 0; i < size; ++i) state_[i] = static_cast<uint32_t>(state[i]);
  at_ = static_cast<size_t>(state[size]);
}

}  // namespace nn
