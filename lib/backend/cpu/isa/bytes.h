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

inline void look_up(const uint8_t* bytes, const float* values, float* y, int64_t n) {
  int64_t i = 0;
#if defined(__AVX512F__)
  for (; i + lanes <= n; i += lanes)
    _mm512_storeu_ps(y + i, _mm512_i32gather_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + i))), values, 4));
#elif defined(__AVX2__)
  for (; i + lanes <= n; i += lanes)
    _mm256_storeu_ps(y + i, _mm256_i32gather_ps(values, _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(bytes + i))), 4));
#endif
  for (; i < n; ++i) y[i] = values[bytes[i]];
}

}  // namespace nn::cpu::NN_ISA
