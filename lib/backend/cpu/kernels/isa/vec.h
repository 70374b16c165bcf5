// SPDX-License-Identifier: MIT
// V: one vector of floats of this instruction set (GCC vector extensions), loads and stores, loops with a tail.
// No function of the standard library is called here: it would be compiled with this file's instruction set and the
// linker might give that copy to everyone.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace nn::cpu::NN_ISA {

#if defined(__AVX512F__)
constexpr int lanes = 16;
constexpr int gemm_rows = 14;
#elif defined(__AVX2__)
constexpr int lanes = 8;
constexpr int gemm_rows = 6;
#else
constexpr int lanes = 4;
constexpr int gemm_rows = 6;
#endif

typedef float V __attribute__((vector_size(lanes * 4), may_alias));
typedef float Unaligned __attribute__((vector_size(lanes * 4), aligned(4), may_alias));
typedef int32_t I __attribute__((vector_size(lanes * 4), may_alias));

#if defined(__AVX512F__)
static const I lane_numbers{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
#elif defined(__AVX2__)
static const I lane_numbers{0, 1, 2, 3, 4, 5, 6, 7};
#else
static const I lane_numbers{0, 1, 2, 3};
#endif

inline V load(const float* p) { return *reinterpret_cast<const Unaligned*>(p); }
inline void store(float* p, V v) { *reinterpret_cast<Unaligned*>(p) = v; }
inline V all(float x) { return x - V{}; }
/// The first n lanes, 0 < n <= lanes; the others are 0 and memory beyond is not touched.
#if defined(__AVX512F__)
inline __mmask16 first_lanes(int64_t n) { return static_cast<__mmask16>((1u << n) - 1); }
inline V load_part(const float* p, int64_t n) { return reinterpret_cast<V>(_mm512_maskz_loadu_ps(first_lanes(n), p)); }
inline void store_part(float* p, V v, int64_t n) {
  _mm512_mask_storeu_ps(p, first_lanes(n), reinterpret_cast<__m512>(v));
}
#elif defined(__AVX2__)
inline __m256i first_lanes(int64_t n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
inline V load_part(const float* p, int64_t n) { return reinterpret_cast<V>(_mm256_maskload_ps(p, first_lanes(n))); }
inline void store_part(float* p, V v, int64_t n) {
  _mm256_maskstore_ps(p, first_lanes(n), reinterpret_cast<__m256>(v));
}
#else
inline V load_part(const float* p, int64_t n) {
  V v{};
  std::memcpy(&v, p, static_cast<size_t>(n) * sizeof(float));
  return v;
}
inline void store_part(float* p, V v, int64_t n) { std::memcpy(p, &v, static_cast<size_t>(n) * sizeof(float)); }
#endif

/// Loaded or made once: GCC may load a value anew for each use, which costs twice where it lies across two cache lines,
/// or make a constant anew, by the one port that shuffles.
template <class T>
inline T in_register(T v) {
#if defined(__AVX512F__)
  asm("" : "+v"(v));
#elif defined(__SSE2__)
  asm("" : "+x"(v));
#endif
  return v;
}

inline double lanes_sum(V v) {
  double s = 0;
  for (int i = 0; i < lanes; ++i) s += static_cast<double>(v[i]);
  return s;
}

/// whole(i) for every full vector, part(i, n) for what is left.
template <class Whole, class Part>
inline void each_vector(int64_t n, Whole whole, Part part) {
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) whole(i);
  if (i < n) part(i, n - i);
}

}  // namespace nn::cpu::NN_ISA
