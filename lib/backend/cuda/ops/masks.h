// SPDX-License-Identifier: MIT
// Dropout masks by counter, as random/counter_stream.h draws them, so that none is stored or sent; or words of the
// host. Device code.
#pragma once

#include "backend/cuda/language.h"
#include "backend/cuda/step.h"

namespace nn::cuda {

struct MaskRule {
  int64_t count;       ///< elements that a sample draws for
  int64_t elements;    ///< of the value that one of them decides
  uint64_t threshold;  ///< of words: one below it drops
  float limit;         ///< of numbers in [0, 1): philox keeps from it, threefry below it
  float below;
};

inline MaskRule mask_rule(const Dropout& op, int64_t elements) {
  return {op.whole_samples ? 1 : elements, op.whole_samples ? elements : 1,
          static_cast<uint64_t>(op.rate * 4294967296.0), static_cast<float>(op.rate), static_cast<float>(1 - op.rate)};
}

NN_DEVICE float unit_of(uint32_t bits) {
#ifdef __CUDACC__
  return __uint_as_float(0x3F800000u | bits) - 1;
#else
  return std::bit_cast<float>(0x3F800000u | bits) - 1;
#endif
}

/// Philox 4x32 with 10 rounds: the number at that place.
NN_DEVICE float philox_unit(const DeviceMask& m, uint64_t place) {
  uint32_t c[4] = {static_cast<uint32_t>(place / 4), static_cast<uint32_t>(place / 4 >> 32), m.high[0], m.high[1]};
  uint32_t k0 = m.key[0], k1 = m.key[1];
  for (int round = 0; round < 10; ++round) {
    const uint32_t a_high = __umulhi(0xD2511F53u, c[0]), a_low = 0xD2511F53u * c[0];
    const uint32_t b_high = __umulhi(0xCD9E8D57u, c[2]), b_low = 0xCD9E8D57u * c[2];
    c[0] = b_high ^ c[1] ^ k0;
    c[2] = a_high ^ c[3] ^ k1;
    c[1] = b_low;
    c[3] = a_low;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  const uint32_t j = static_cast<uint32_t>(place % 4);
  return unit_of((j == 0 ? c[0] : j == 1 ? c[1] : j == 2 ? c[2] : c[3]) & 0x7FFFFFu);
}

/// Threefry 2x32 with 20 rounds.
NN_DEVICE float threefry_unit(const DeviceMask& m, uint64_t place) {
  const uint32_t keys[3] = {m.key[0], m.key[1], m.key[0] ^ m.key[1] ^ 0x1BD11BDAu};
  constexpr int rotations[2][4] = {{13, 15, 26, 6}, {17, 29, 16, 24}};
  uint32_t a = static_cast<uint32_t>(place >> 32) + keys[0], b = static_cast<uint32_t>(place) + keys[1];
  for (uint32_t group = 0; group < 5; ++group) {
    for (int i = 0; i < 4; ++i) {
      const int r = rotations[group % 2][i];
      a += b;
      b = (b << r | b >> (32 - r)) ^ a;
    }
    a += keys[(group + 1) % 3];
    b += keys[(group + 2) % 3] + group + 1;
  }
  return unit_of((a ^ b) >> 9);
}

/// Whether element i of the value {batch, elements} is kept.
NN_DEVICE bool kept(const MaskRule& r, const MaskPlace& place, int64_t i) {
  const int64_t word = i / r.elements;
  if (!place.masks) return true;
  const DeviceMask m = place.masks[*place.step * place.stride];
  if (m.kind == 0) return place.words[word] >= r.threshold;
  const int64_t sample = word / r.count, at = word % r.count, space = r.count / m.channels;
  const uint64_t drawn = static_cast<uint64_t>(sample * r.count + at % space * m.channels + at / space);
  return m.kind == 1 ? philox_unit(m, drawn) >= r.limit : threefry_unit(m, drawn) < r.below;
}

}  // namespace nn::cuda
