// SPDX-License-Identifier: MIT
// Random words to masks, bytes to values.
#pragma once

#include "backend/cpu/isa/vec.h"

namespace nn::cpu::NN_ISA {

typedef uint32_t U __attribute__((vector_size(lanes * 4), may_alias));

inline void keep(const uint32_t* words, uint32_t threshold, float scale, float* y, int64_t n) {
  const U limit = threshold - U{};
  const V s = all(scale);
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    U w;
    std::memcpy(&w, words + i, sizeof w);
    store(y + i, w >= limit ? s : V{});
  }
  for (; i < n; ++i) y[i] = words[i] >= threshold ? scale : 0.0f;
}

/// No gather: it reads one value after the other, slower than loads of their own.
inline void look_up(const uint8_t* bytes, const float* values, float* y, int64_t n) {
  int64_t i = 0;
#if defined(__AVX512F__)
  __m512 table[16];
#pragma GCC unroll 16
  for (int k = 0; k < 16; ++k) table[k] = _mm512_loadu_ps(values + 16 * k);
  for (; i + lanes <= n; i += lanes) {
    const __m512i b = _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + i)));
    __m512 found[8];
#pragma GCC unroll 8
    for (int k = 0; k < 8; ++k) found[k] = _mm512_permutex2var_ps(table[2 * k], b, table[2 * k + 1]);
#pragma GCC unroll 3
    for (int bit = 0; bit < 3; ++bit) {
      const __mmask16 upper = _mm512_test_epi32_mask(b, _mm512_set1_epi32(32 << bit));
#pragma GCC unroll 4
      for (int k = 0; k < 4 >> bit; ++k) found[k] = _mm512_mask_blend_ps(upper, found[2 * k], found[2 * k + 1]);
    }
    _mm512_storeu_ps(y + i, found[0]);
  }
#endif
  for (; i < n; ++i) y[i] = values[bytes[i]];
}

}  // namespace nn::cpu::NN_ISA
