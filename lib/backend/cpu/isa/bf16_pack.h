// SPDX-License-Identifier: MIT
// Floats to words (bf16.h), as they lie, turned, or two rows to one; bytes to bf16 numbers.
#pragma once

#include "backend/cpu/isa/bf16.h"
#include "backend/cpu/isa/square.h"

namespace nn::cpu::NN_ISA {

/// The first n of p; 0 beyond, also for n <= 0.
inline V load_up_to(const float* p, int64_t n) { return n >= lanes ? load(p) : n > 0 ? load_part(p, n) : V{}; }

inline void bf16_pack(const float* from, int64_t rows, int64_t cols, int64_t from_row, uint32_t* to, int64_t to_row) {
  for (int64_t r = 0; r < rows; ++r, from += from_row, to += to_row) {
    int64_t c = 0;
    for (; c + 2 * lanes <= cols; c += 2 * lanes) store_words(to + c / 2, words_of_row(load(from + c), load(from + c + lanes)));
    if (c < cols) store_words(to + c / 2, words_of_row(load_up_to(from + c, cols - c), load_up_to(from + c + lanes, cols - c - lanes)));
  }
}

inline void bf16_pack_rows(const float* from, int64_t rows, int64_t cols, int64_t from_row, uint32_t* to, int64_t to_row) {
  for (int64_t r = 0; r < rows; r += 2, from += 2 * from_row, to += to_row) {
    const float* second = r + 1 < rows ? from + from_row : nullptr;
    for (int64_t c = 0; c < cols; c += lanes)
      store_words(to + c, words_of_column(load_up_to(from + c, cols - c), second ? load_up_to(second + c, cols - c) : V{}));
  }
}

inline void bf16_pack_turned(const float* from, int64_t rows, int64_t cols, int64_t from_row, uint32_t* to, int64_t to_row) {
  for (int64_t r = 0; r < rows; r += lanes) {
    const int64_t n = rows - r < lanes ? rows - r : lanes;
    for (int64_t c = 0; c < cols; c += 2 * lanes) {
      const int64_t left = cols - c;
      const float* p = from + r * from_row + c;
      V square[lanes];
      if (n == lanes && left >= 2 * lanes)
#pragma GCC unroll 16
        for (int k = 0; k < lanes; ++k)
          square[k] = reinterpret_cast<V>(words_of_row(load(p + k * from_row), load(p + k * from_row + lanes)));
      else
        for (int k = 0; k < lanes; ++k)
          square[k] = k < n ? reinterpret_cast<V>(words_of_row(load_up_to(p + k * from_row, left), load_up_to(p + k * from_row + lanes, left - lanes)))
                            : V{};
      transpose_square(square);
      uint32_t* q = to + c / 2 * to_row + r;
      const int64_t m = left < 2 * lanes ? (left + 1) / 2 : lanes;
      if (m == lanes)
#pragma GCC unroll 16
        for (int k = 0; k < lanes; ++k) store_words(q + k * to_row, reinterpret_cast<Words>(square[k]));
      else
        for (int64_t k = 0; k < m; ++k) store_words(q + k * to_row, reinterpret_cast<Words>(square[k]));
    }
  }
}

inline void bf16_round(float* x, int64_t n) {
  const auto nearest = [](V v) { return reinterpret_cast<V>(words_of_column(v, v) & 0xFFFF0000u); };
  each_vector(n, [&](int64_t i) { store(x + i, nearest(load(x + i))); },
              [&](int64_t i, int64_t m) { store_part(x + i, nearest(load_part(x + i, m)), m); });
}

inline Words words_of_halves(const uint16_t* p) {
  Halves h;
  std::memcpy(&h, p, sizeof h);
  return __builtin_convertvector(h, Words);
}

inline void bf16_pair_rows(const uint16_t* from, int64_t rows, int64_t cols, int64_t from_row, uint32_t* to, int64_t to_row) {
  for (int64_t r = 0; r < rows; r += 2, from += 2 * from_row, to += to_row)
    for (int64_t c = 0; c < cols; c += lanes)
      store_words(to + c, r + 1 < rows ? words_of_halves(from + c) | words_of_halves(from + from_row + c) << 16 : words_of_halves(from + c));
}

/// As look_up in bytes.h; a vector holds 32 values, so that a quarter of the steps do.
inline void bf16_look_up(const uint8_t* bytes, const uint16_t* values, uint16_t* y, int64_t n) {
  int64_t i = 0;
#if defined(__AVX512F__)
  __m512i table[8];
#pragma GCC unroll 8
  for (int k = 0; k < 8; ++k) table[k] = _mm512_loadu_si512(values + 32 * k);
  for (; i + 32 <= n; i += 32) {
    const __m512i b = _mm512_cvtepu8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes + i)));
    __m512i found[4];
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k) found[k] = _mm512_permutex2var_epi16(table[2 * k], b, table[2 * k + 1]);
    const __mmask32 bit6 = _mm512_test_epi16_mask(b, _mm512_set1_epi16(64)), bit7 = _mm512_test_epi16_mask(b, _mm512_set1_epi16(128));
    const __m512i low = _mm512_mask_blend_epi16(bit6, found[0], found[1]), high = _mm512_mask_blend_epi16(bit6, found[2], found[3]);
    _mm512_storeu_si512(y + i, _mm512_mask_blend_epi16(bit7, low, high));
  }
#endif
  for (; i < n; ++i) y[i] = values[bytes[i]];
}

}  // namespace nn::cpu::NN_ISA
