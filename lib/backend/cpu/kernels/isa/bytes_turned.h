// SPDX-License-Identifier: MIT
// Rows of bytes, a row a lane, to lanes of values: turned as words of four bytes, a quarter of the work of turning
// values.
#pragma once

#include "backend/cpu/kernels/isa/bytes.h"

namespace nn::cpu::NN_ISA {

typedef int32_t Quarter __attribute__((vector_size(16), may_alias, aligned(1)));

/// 16 bytes from each of lanes/4 rows, every fourth.
inline I quarters(const uint8_t* const* rows, int64_t at) {
  const auto quarter = [&](int q) { return *reinterpret_cast<const Quarter*>(rows[4 * q] + at); };
#if defined(__AVX512F__)
  __m512i v = _mm512_castsi128_si512(reinterpret_cast<__m128i>(quarter(0)));
  v = _mm512_inserti32x4(v, reinterpret_cast<__m128i>(quarter(1)), 1);
  v = _mm512_inserti32x4(v, reinterpret_cast<__m128i>(quarter(2)), 2);
  return reinterpret_cast<I>(_mm512_inserti32x4(v, reinterpret_cast<__m128i>(quarter(3)), 3));
#elif defined(__AVX2__)
  return reinterpret_cast<I>(_mm256_inserti128_si256(_mm256_castsi128_si256(reinterpret_cast<__m128i>(quarter(0))),
                                                     reinterpret_cast<__m128i>(quarter(1)), 1));
#else
  return quarter(0);
#endif
}

/// From each quarter of a and b in turn the lower integers, or pairs of them, or the upper.
inline I interleave(I a, I b, int upper) {
  return __builtin_shuffle(a, b,
                           (lane_numbers & ~3) + 2 * upper + ((lane_numbers & 2) >> 1) + (lane_numbers & 1) * lanes);
}
inline I interleave_pairs(I a, I b, int upper) {
  typedef int64_t Pairs __attribute__((vector_size(lanes * 4), may_alias));
  Pairs places;
  for (int i = 0; i < lanes / 2; ++i) places[i] = (i & ~1) + upper + (i & 1) * lanes / 2;
  return reinterpret_cast<I>(__builtin_shuffle(reinterpret_cast<Pairs>(a), reinterpret_cast<Pairs>(b), places));
}

/// Fours of bytes in lanes: lane s of fours[i] is bytes 4i to 4i + 3 of row s.
inline void load_fours(const uint8_t* const* rows, int64_t at, I (&fours)[4]) {
  const I a = quarters(rows, at), b = quarters(rows + 1, at), c = quarters(rows + 2, at), d = quarters(rows + 3, at);
#pragma GCC unroll 2
  for (int upper = 0; upper < 2; ++upper) {
    const I ab = interleave(a, b, upper), cd = interleave(c, d, upper);
    fours[2 * upper] = interleave_pairs(ab, cd, 0);
    fours[2 * upper + 1] = interleave_pairs(ab, cd, 1);
  }
}

inline bool any(I v) {
#if defined(__AVX512F__)
  return _mm512_test_epi32_mask(reinterpret_cast<__m512i>(v), reinterpret_cast<__m512i>(v)) != 0;
#elif defined(__AVX2__)
  return !_mm256_testz_si256(reinterpret_cast<__m256i>(v), reinterpret_cast<__m256i>(v));
#else
  return (v[0] | v[1] | v[2] | v[3]) != 0;
#endif
}

/// Elements 0 to n - 1, of at most 16, of that many vectors. (map is a copy: what is stored might lie where it does.)
template <V (*value)(const ByteMap&, I), int vectors>
inline void store_fours(const I (&fours)[vectors][4], int64_t n, const ByteMap map, float* to) {
#pragma GCC unroll 16
  for (int i = 0; i < 16; ++i) {
    if (i >= n) return;
#pragma GCC unroll 2
    for (int v = 0; v < vectors; ++v) {
      const U four = reinterpret_cast<U>(fours[v][i / 4]) >> 8 * (i % 4);
      store(to + (2 * i + v) * lanes, value(map, reinterpret_cast<I>(four & 255)));
    }
  }
}

/// n elements, at most 16, of rows of 16. Returns how many fours are not all 0.
template <int vectors>
inline int64_t some_to_lanes(const uint8_t* const* rows, int64_t at, int64_t n, const ByteMap& map, float* to,
                             int32_t* names, int32_t name) {
  I fours[vectors][4];
#pragma GCC unroll 2
  for (int v = 0; v < vectors; ++v) load_fours(rows + v * lanes, at, fours[v]);
  int64_t found = 0;
  if (names)
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      if (4 * i + 4 > n) break;
      names[found] = name + i;
      found += any(fours[0][i] | fours[vectors - 1][i]);
    }
  if (names && found == 0 && n == 16) return 0;
  if (map.linear)
    store_fours<in_line>(fours, n, map, to);
  else
    store_fours<looked_up>(fours, n, map, to);
  return found;
}

template <int vectors>
inline int64_t vectors_to_lanes(const uint8_t* const* rows, int64_t first, int64_t count, const ByteMap& map, float* to,
                                int32_t* names, int32_t name) {
  int64_t found = 0, e = 0;
  const auto next = [&](const uint8_t* const* from, int64_t at, int64_t n) {
    found += some_to_lanes<vectors>(from, at, n, map, to + e * 2 * lanes, names ? names + found : nullptr,
                                    name + static_cast<int32_t>(e / 4));
  };
  for (; e + 16 <= count; e += 16) next(rows, first + e, 16);
  if (e == count) return found;
  uint8_t copies[vectors * lanes][16] = {};
  const uint8_t* copied[vectors * lanes];
  for (int k = 0; k < vectors * lanes; ++k) {
    std::memcpy(copies[k], rows[k] + first + e, static_cast<size_t>(count - e));
    copied[k] = copies[k];
  }
  next(copied, 0, count - e);
  return found;
}

inline int64_t bytes_to_lanes(const uint8_t* const* rows, int64_t vectors, int64_t first, int64_t count,
                              const ByteMap& map, float* to, int32_t* names, int32_t name) {
  return vectors > 1 ? vectors_to_lanes<2>(rows, first, count, map, to, names, name)
                     : vectors_to_lanes<1>(rows, first, count, map, to, names, name);
}

}  // namespace nn::cpu::NN_ISA
