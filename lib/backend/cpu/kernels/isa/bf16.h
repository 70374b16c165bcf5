// SPDX-License-Identifier: MIT
// A vector of words, each two bf16 numbers (bf16.h): made from floats, multiplied. Where the processor has no
// instructions for it the same bits come from float32 arithmetic, in which a product of two bf16 numbers is exact.
#pragma once

#include "backend/cpu/kernels/bf16.h"
#include "backend/cpu/kernels/isa/vec.h"

namespace nn::cpu::NN_ISA {

typedef uint32_t PackedBf16 __attribute__((vector_size(lanes * 4), may_alias));
typedef uint32_t UnalignedWords __attribute__((vector_size(lanes * 4), aligned(4), may_alias));
typedef uint16_t Halves __attribute__((vector_size(lanes * 2), may_alias));

inline PackedBf16 load_words(const uint32_t* p) { return *reinterpret_cast<const UnalignedWords*>(p); }
inline void store_words(uint32_t* p, PackedBf16 w) { *reinterpret_cast<UnalignedWords*>(p) = w; }
inline PackedBf16 all_words(uint32_t x) { return x + PackedBf16{}; }

#if defined(__AVX512BF16__)
constexpr bool native_bf16 = true;
constexpr int bf16_rows = gemm_rows;

/// Words of 2 * lanes numbers in a row.
inline PackedBf16 words_of_row(V first, V second) {
  return reinterpret_cast<PackedBf16>(
      _mm512_cvtne2ps_pbh(reinterpret_cast<__m512>(second), reinterpret_cast<__m512>(first)));
}
/// Words of two numbers in a column each.
inline PackedBf16 words_of_column(V upper, V lower) {
  const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21,
                                         5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  return reinterpret_cast<PackedBf16>(
      _mm512_permutexvar_epi16(order, reinterpret_cast<__m512i>(words_of_row(upper, lower))));
}

/// A factor of many products.
struct Factor {
  __m512bh both;
};
inline Factor factor_of(PackedBf16 w) { return {reinterpret_cast<__m512bh>(w)}; }
inline V add_products(const Factor& a, const Factor& b, V sum) {
  return reinterpret_cast<V>(_mm512_dpbf16_ps(reinterpret_cast<__m512>(sum), a.both, b.both));
}

#else
constexpr bool native_bf16 = false;
#if defined(__AVX512F__)
constexpr int bf16_rows = 10;
#else
constexpr int bf16_rows = 4;
#endif

/// The nearest bf16 in the upper half of each lane.
inline PackedBf16 rounded(V v) {
  const PackedBf16 bits = reinterpret_cast<PackedBf16>(v), size = bits & 0x7FFFFFFFu;
  const PackedBf16 nearest = bits + 0x7FFFu + ((bits >> 16) & 1u);
  const PackedBf16 number = size < 0x00800000u ? bits & 0x80000000u : nearest;
  return size > 0x7F800000u ? bits | 0x00400000u : number;
}
inline PackedBf16 words_of_row(V first, V second) {
  alignas(PackedBf16) const Halves halves[2] = {__builtin_convertvector(rounded(first) >> 16, Halves),
                                                __builtin_convertvector(rounded(second) >> 16, Halves)};
  PackedBf16 w;
  std::memcpy(&w, halves, sizeof w);
  return w;
}
inline PackedBf16 words_of_column(V upper, V lower) { return (rounded(upper) >> 16) | (rounded(lower) & 0xFFFF0000u); }

struct Factor {
  V low, high;
};
inline Factor factor_of(PackedBf16 w) { return {reinterpret_cast<V>(w << 16), reinterpret_cast<V>(w & 0xFFFF0000u)}; }
inline V add_products(const Factor& a, const Factor& b, V sum) {
  sum = a.high * b.high + sum;
  return a.low * b.low + sum;
}
#endif

/// The words of each part of floats (bf16.h), of a row or of a column: take(part, words).
template <int parts>
struct Parts;
template <>
struct Parts<1> {
  template <class Take>
  static void of_row(V first, V second, Take take) {
    take(0, words_of_row(first, second));
  }
  template <class Take>
  static void of_column(V upper, V lower, Take take) {
    take(0, words_of_column(upper, lower));
  }
};
template <>
struct Parts<3> {
  template <class Take>
  static void of_row(V first, V second, Take take) {
#pragma GCC unroll 2
    for (int k = 0; k < 2; ++k) take(k, join_row(next(first), next(second)));
    take(2, join_row(reinterpret_cast<PackedBf16>(first), reinterpret_cast<PackedBf16>(second)));
  }
  template <class Take>
  static void of_column(V upper, V lower, Take take) {
#pragma GCC unroll 2
    for (int k = 0; k < 2; ++k) take(k, (next(upper) >> 16) | next(lower));
    take(2, (reinterpret_cast<PackedBf16>(upper) >> 16) | (reinterpret_cast<PackedBf16>(lower) & 0xFFFF0000u));
  }

 private:
  /// The bf16 number next to v in the upper half of each lane, the lower one being 0; v is what it leaves, after two of
  /// them a bf16 number.
  static PackedBf16 next(V& v) {
    const PackedBf16 w = (reinterpret_cast<PackedBf16>(v) + 0x8000u) & 0xFFFF0000u;
    v -= reinterpret_cast<V>(w);
    return w;
  }
  /// The upper halves of both.
  static PackedBf16 join_row(PackedBf16 first, PackedBf16 second) {
#if defined(__AVX512F__)
    const __m512i upper = _mm512_set_epi16(63, 61, 59, 57, 55, 53, 51, 49, 47, 45, 43, 41, 39, 37, 35, 33, 31, 29, 27,
                                           25, 23, 21, 19, 17, 15, 13, 11, 9, 7, 5, 3, 1);
    return reinterpret_cast<PackedBf16>(
        _mm512_permutex2var_epi16(reinterpret_cast<__m512i>(first), upper, reinterpret_cast<__m512i>(second)));
#else
    return words_of_row(reinterpret_cast<V>(first), reinterpret_cast<V>(second));
#endif
  }
};

}  // namespace nn::cpu::NN_ISA
