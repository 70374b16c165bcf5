// SPDX-License-Identifier: MIT
// Random words to masks, bytes to values, a byte a lane.
#pragma once

#include "backend/cpu/kernels/isa/vec.h"
#include "backend/cpu/kernels/kernels.h"

namespace nn::cpu::NN_ISA {

/// Bytes and the integers of a vector. (GCC's conversion of vectors takes the bytes one by one.)
#if defined(__AVX512F__)
inline void store_bytes(uint8_t* p, I integers) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtepi32_epi8(reinterpret_cast<__m512i>(integers)));
}
inline I load_bytes(const uint8_t* p) {
  return reinterpret_cast<I>(_mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))));
}
#elif defined(__AVX2__)
inline void store_bytes(uint8_t* p, I integers) {
  const __m256i v = reinterpret_cast<__m256i>(integers);
  const __m128i words = _mm_packus_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(p), _mm_packus_epi16(words, words));
}
inline I load_bytes(const uint8_t* p) {
  return reinterpret_cast<I>(_mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))));
}
#else
inline void store_bytes(uint8_t* p, I integers) {
  for (int i = 0; i < lanes; ++i) p[i] = static_cast<uint8_t>(integers[i]);
}
inline I load_bytes(const uint8_t* p) { return I{p[0], p[1], p[2], p[3]}; }
#endif

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

/// values[byte] of a byte in each lane, where map.linear, and everywhere.
inline V in_line(const ByteMap& map, I bytes) {
  const V v = __builtin_convertvector(bytes, V);
  return v * all(map.scale) + (v * all(map.rest) + all(map.shift));
}
[[gnu::noinline]] inline V looked_up(const ByteMap& map, I bytes) {
  float found[lanes];
  for (int i = 0; i < lanes; ++i) found[i] = map.values[bytes[i]];
  return load(found);
}

/// Lanes bytes, of which the first n can be read; 0 beyond. And their values.
inline I some_bytes(const uint8_t* bytes, int64_t n) {
  if (n == lanes) return load_bytes(bytes);
  uint8_t some[lanes] = {};
  std::memcpy(some, bytes, static_cast<size_t>(n));
  return load_bytes(some);
}
inline V values_of(const ByteMap& map, const uint8_t* bytes, int64_t n) {
  const I some = some_bytes(bytes, n);
  return map.linear ? in_line(map, some) : looked_up(map, some);
}

inline int64_t lit_samples(const uint8_t* const* rows, int64_t samples, int64_t first, int64_t count, int32_t* names) {
  constexpr int64_t words = lanes / 4;  // of 8 bytes, in a panel
  int64_t found = 0;
  for (int64_t s = 0; s < samples; ++s) {
    const uint8_t* row = rows[s] + first;
    uint64_t bits = 0;
    if (count == 8 * words)
#pragma GCC unroll 4
      for (int64_t i = 0; i < words; ++i) {
        uint64_t word;
        std::memcpy(&word, row + 8 * i, sizeof word);
        bits |= word;
      }
    else
      for (int64_t i = 0; i < count; ++i) bits |= row[i];
    names[found] = static_cast<int32_t>(s);
    found += bits != 0;
  }
  return found;
}

inline void bytes_to_panel(const uint8_t* const* rows, const int32_t* names, int64_t samples, int64_t first,
                           int64_t count, const ByteMap& map, float* to) {
  for (int64_t n = 0; n < samples; ++n) {
    const int64_t s = names ? names[n] : n;
#pragma GCC unroll 2
    for (int64_t i = 0; i < 2; ++i) {
      const int64_t left = count - i * lanes;
      store(to + (2 * s + i) * lanes,
            left > 0 ? values_of(map, rows[s] + first + i * lanes, left < lanes ? left : lanes) : V{});
    }
  }
}

}  // namespace nn::cpu::NN_ISA
