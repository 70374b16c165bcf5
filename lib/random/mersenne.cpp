// SPDX-License-Identifier: MIT
#include "random/mersenne.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "base/error.h"
#include "random/clones.h"

namespace nn {
namespace {

constexpr size_t shift = 397;

/// Sixteen words at once; a processor with smaller vectors does them in pieces.
typedef uint32_t Words __attribute__((vector_size(64)));
constexpr size_t at_once = 16;

/// By reference: a vector that is returned would show the instruction set of its maker.
inline __attribute__((always_inline)) void load(Words& w, const uint32_t* p) { std::memcpy(&w, p, sizeof w); }

/// The recurrence: upper bit of one word, lower bits of the next.
template <class T>
inline __attribute__((always_inline)) void twist_one(T& to, const T& far, const T& one, const T& next) {
  const T y = (one & 0x80000000U) | (next & 0x7FFFFFFFU);
  to = far ^ (y >> 1) ^ ((0U - (y & 1U)) & 0x9908B0DFU);
}

/// Words begin to end, from those `far` words on. What a vector reads was written long before, or is written later.
inline __attribute__((always_inline)) void twist(uint32_t* s, size_t begin, size_t end, std::ptrdiff_t far) {
  size_t k = begin;
  for (; k + at_once <= end; k += at_once) {
    Words w, distant, one, next;
    load(distant, s + static_cast<std::ptrdiff_t>(k) + far);
    load(one, s + k);
    load(next, s + k + 1);
    twist_one(w, distant, one, next);
    std::memcpy(s + k, &w, sizeof w);
  }
  for (; k < end; ++k) twist_one(s[k], s[static_cast<std::ptrdiff_t>(k) + far], s[k], s[k + 1]);
}

NN_CLONES void next_state(uint32_t* s, size_t size) {
  twist(s, 0, size - shift, shift);
  twist(s, size - shift, size - 1, static_cast<std::ptrdiff_t>(shift) - static_cast<std::ptrdiff_t>(size));
  twist_one(s[size - 1], s[shift - 1], s[size - 1], s[0]);
}

NN_CLONES void tempered(const uint32_t* state, uint32_t* out, size_t size) {
  for (size_t k = 0; k < size; k += at_once) {
    Words y;
    load(y, state + k);
    y ^= y >> 11;
    y ^= (y << 7) & 0x9D2C5680U;
    y ^= (y << 15) & 0xEFC60000U;
    y ^= y >> 18;
    std::memcpy(out + k, &y, sizeof y);
  }
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
  next_state(state_.data(), size);
  temper();
  at_ = 0;
}

void Mersenne::temper() {
  static_assert(size % at_once == 0);
  tempered(state_.data(), out_.data(), size);
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
