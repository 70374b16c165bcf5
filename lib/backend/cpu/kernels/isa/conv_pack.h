// SPDX-License-Identifier: MIT
// What lies how for convolutions of bf16 numbers (bf16_conv.h): samples as numbers, numbers turned, weights.
#pragma once

#include "backend/cpu/kernels/bf16_conv.h"
#include "backend/cpu/kernels/isa/bf16.h"
#include "backend/cpu/kernels/isa/square.h"

namespace nn::cpu::NN_ISA {

static_assert(lanes == row_words);

/// Pixels that are done of all samples before others are: their tiles stay in the first-level cache.
constexpr int64_t pixels_packed = 8;

inline void conv_pack(const float* x, int64_t x_sample, int64_t samples, int64_t pixels, int64_t width, uint32_t* to) {
  const int64_t blocks = (width + row_numbers - 1) / row_numbers;
  for (int64_t first = 0; first < pixels; first += pixels_packed) {
    const int64_t n = pixels - first < pixels_packed ? pixels - first : pixels_packed;
    for (int64_t r = 0; r < samples; ++r) {
      const float* from = x + r * x_sample + first * width;
      uint32_t* row = to + first * blocks * tile_words + r * row_words;
      for (int64_t p = 0; p < n; ++p, from += width)
        for (int64_t k = 0; k < width; k += row_numbers, row += tile_words)
          store_words(row, words_of_row(load(from + k), k + lanes < width ? load(from + k + lanes) : V{}));
    }
  }
}

/// Two rows of numbers as words of one of each: the first 16 and the others.
inline void pair_numbers(__m512i first, __m512i second, __m512i& low, __m512i& high) {
  const __m512i order = _mm512_set_epi16(47, 15, 46, 14, 45, 13, 44, 12, 43, 11, 42, 10, 41, 9, 40, 8, 39, 7, 38, 6, 37,
                                         5, 36, 4, 35, 3, 34, 2, 33, 1, 32, 0);
  low = _mm512_permutex2var_epi16(first, order, second);
  high = _mm512_permutex2var_epi16(first, _mm512_add_epi16(order, _mm512_set1_epi16(16)), second);
}

/// A tile of numbers as words of two samples: eight rows of the first 16 channels, and of the others.
inline void pair_samples(const uint32_t* numbers, V* low, V* high) {
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) {
    __m512i l, h;
    pair_numbers(_mm512_loadu_si512(numbers + 2 * i * row_words), _mm512_loadu_si512(numbers + (2 * i + 1) * row_words),
                 l, h);
    low[i] = reinterpret_cast<V>(l);
    high[i] = reinterpret_cast<V>(h);
  }
}

/// One block of 32 channels of two pixels, either of which may be missing; `halves` 16 channels of it.
inline void turn_two(const uint32_t* first, const uint32_t* second, int64_t halves, uint32_t* to) {
  V low[lanes]{}, high[lanes]{};
  if (first) pair_samples(first, low, high);
  if (second) pair_samples(second, low + 8, high + 8);
  transpose_square(low);
  for (int i = 0; i < lanes; ++i) store_words(to + i * row_words, reinterpret_cast<PackedBf16>(low[i]));
  if (halves == 1) return;
  transpose_square(high);
  for (int i = 0; i < lanes; ++i) store_words(to + tile_words + i * row_words, reinterpret_cast<PackedBf16>(high[i]));
}

/// The second half of each row of a tile, then the first one of the next; either may be missing.
inline void join_halves(const uint32_t* before, const uint32_t* after, uint32_t* to) {
  for (int i = 0; i < lanes; ++i) {
    const __m256i low =
        before ? _mm256_loadu_si256(reinterpret_cast<const __m256i*>(before + i * row_words + row_words / 2))
               : _mm256_setzero_si256();
    const __m256i high =
        after ? _mm256_loadu_si256(reinterpret_cast<const __m256i*>(after + i * row_words)) : _mm256_setzero_si256();
    _mm512_storeu_si512(to + i * row_words, _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1));
  }
}

inline void conv_turn(const uint32_t* numbers, int64_t h, int64_t w, int64_t channels, uint32_t* even,
                      int64_t even_pairs, uint32_t* odd, int64_t odd_pairs) {
  const int64_t blocks = (channels + row_numbers - 1) / row_numbers, halves = (channels + 15) / 16,
                pair = halves * tile_words;
  for (int64_t y = 0; y < h;
       ++y, numbers += w * blocks * tile_words, even += even_pairs * pair, odd += odd_pairs * pair) {
    const auto pixel = [&](int64_t x, int64_t b) { return x < w ? numbers + (x * blocks + b) * tile_words : nullptr; };
    for (int64_t q = 0; q < even_pairs; ++q)
      for (int64_t b = 0; b < blocks; ++b)
        turn_two(pixel(2 * q, b), pixel(2 * q + 1, b), halves - 2 * b < 2 ? 1 : 2,
                 even + q * pair + 2 * b * tile_words);
    for (int64_t q = 0; q < odd_pairs; ++q)
      for (int64_t i = 0; i < pair; i += tile_words)
        join_halves(q > 0 && q <= even_pairs ? even + (q - 1) * pair + i : nullptr,
                    q < even_pairs ? even + q * pair + i : nullptr, odd + q * pair + i);
  }
}

inline void conv_pack_weights(const float* w, int64_t inputs, int64_t width, uint32_t* to) {
  for (int64_t block = 0; block < width; block += row_numbers)
    for (int64_t tap = 0; tap < 9; ++tap)
      for (int64_t i = 0; i < inputs; i += row_numbers, to += 2 * tile_words)
        for (int64_t k = block; k < block + row_numbers && k < width; k += lanes) {
          const auto row = [&](int64_t input) {
            return input < inputs ? load(w + (input * 9 + tap) * width + k) : V{};
          };
          uint32_t* tile = to + (k - block) / lanes * tile_words;
          for (int64_t r = 0; r < 16; ++r)
            store_words(tile + r * row_words, words_of_column(row(i + 2 * r), row(i + 2 * r + 1)));
        }
}

inline void conv_pack_back_weights(const float* w, int64_t inputs, int64_t width, uint32_t* to) {
  for (int64_t block = 0; block < inputs; block += row_numbers)
    for (int64_t tap = 0; tap < 9; ++tap)
      for (int64_t k = 0; k < width; k += row_numbers, to += 2 * tile_words)
        for (int64_t c = block; c < block + row_numbers && c < inputs; c += lanes) {
          V square[lanes];
          for (int r = 0; r < lanes; ++r) {
            const float* from = w + ((c + r) * 9 + tap) * width + k;
            square[r] =
                c + r < inputs
                    ? reinterpret_cast<V>(words_of_row(load(from), k + lanes < width ? load(from + lanes) : V{}))
                    : V{};
          }
          transpose_square(square);
          uint32_t* tile = to + (c - block) / lanes * tile_words;
          for (int r = 0; r < lanes; ++r) store_words(tile + r * row_words, reinterpret_cast<PackedBf16>(square[r]));
        }
}

}  // namespace nn::cpu::NN_ISA
