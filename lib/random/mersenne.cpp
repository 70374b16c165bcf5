// SPDX-License-Identifier: MIT
#include "random/mersenne.h"

#include <algorithm>

#include "base/error.h"

namespace nn {
namespace {

constexpr size_t shift = 397;

/// The recurrence: upper bit of one word, lower bits of the next.
uint32_t twisted(uint32_t far, uint32_t one, uint32_t next) {
  const uint32_t y = (one & 0x80000000U) | (next & 0x7FFFFFFFU);
  return far ^ (y >> 1) ^ ((0U - (y & 1U)) & 0x9908B0DFU);
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
  uint32_t* s = state_.data();
  for (size_t k = 0; k < size - shift; ++k) s[k] = twisted(s[k + shift], s[k], s[k + 1]);
  // 227 words apart: what a vector reads was written long before.
  for (size_t k = size - shift; k < size - 1; ++k) s[k] = twisted(s[k + shift - size], s[k], s[k + 1]);
  s[size - 1] = twisted(s[shift - 1], s[size - 1], s[0]);
  temper();
  at_ = 0;
}

void Mersenne::temper() {
  for (size_t k = 0; k < size; ++k) {
    uint32_t y = state_[k];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9D2C5680U;
    y ^= (y << 15) & 0xEFC60000U;
    out_[k] = y ^ (y >> 18);
  }
}

void Mersenne::words(std::span<uint32_t> out) {
  while (!out.empty()) {
    if (at_ == size) refill();
    const size_t n = std::min(out.size(), size - at_);
    std::copy_n(out_.data() + at_, n, out.data());
    at_ += n;
    out = out.subspan(n);
  }
}

std::vector<uint64_t> Mersenne::state() const {
  std::vector<uint64_t> words(state_.begin(), state_.end());
  words.push_back(at_);
  return words;
}

void Mersenne::restore(std::span<const uint64_t> state) {
  if (state.size() != size + 1 || state[size] > size)
    throw Error("the state of a Mersenne Twister is 624 words and a place, found " + std::to_string(state.size()) + " numbers");
  for (size_t i = 0; i < size; ++i) state_[i] = static_cast<uint32_t>(state[i]);
  temper();
  at_ = static_cast<size_t>(state[size]);
}

}  // namespace nn
