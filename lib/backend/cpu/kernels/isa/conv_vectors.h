// SPDX-License-Identifier: MIT
// The same products as in conv_tiles.h by vectors: a few rows of the left factor times one or two vectors of the right
// one.
#pragma once

#include "backend/cpu/kernels/bf16_conv.h"
#include "backend/cpu/kernels/isa/bf16.h"

namespace nn::cpu::NN_ISA {

constexpr int conv_rows =
    8;  ///< that are in registers at once; the left factor has so many, more of which are 0 or not used

template <int columns>
struct ConvSums {
  V sum[conv_rows][columns];

  void begin() {
#pragma GCC unroll 8
    for (int r = 0; r < conv_rows; ++r)
#pragma GCC unroll 2
      for (int j = 0; j < columns; ++j) sum[r][j] = V{};
  }
  void load_rows(const float* c, int64_t row, int64_t rows) {
    begin();
    for (int64_t r = 0; r < rows; ++r)
      for (int j = 0; j < columns; ++j) sum[r][j] = load(c + r * row + j * lanes);
  }
  /// Rows of tile a times tile b and the one behind it.
  void add(const uint32_t* a, const uint32_t* b) {
    for (int64_t w = 0; w < row_words; ++w) {
      Factor right[columns];
#pragma GCC unroll 2
      for (int j = 0; j < columns; ++j) right[j] = factor_of(load_words(b + j * tile_words + w * row_words));
#pragma GCC unroll 8
      for (int r = 0; r < conv_rows; ++r) {
        const Factor left = factor_of(all_words(a[r * row_words + w]));
#pragma GCC unroll 2
        for (int j = 0; j < columns; ++j) sum[r][j] = add_products(left, right[j], sum[r][j]);
      }
    }
  }
  void store_rows(float* c, int64_t row, int64_t rows) const {
    V all[conv_rows][columns];
    std::memcpy(all, sum, sizeof all);
    for (int64_t r = 0; r < rows; ++r)
      for (int j = 0; j < columns; ++j) store(c + r * row + j * lanes, all[r][j]);
  }
};

template <int columns>
void conv_pixel(const ConvProducts& p, const ConvPair& pair, int pixel, int64_t first, const uint32_t* w, float* c) {
  ConvSums<columns> sums;
  sums.begin();
  const ConvTerm* t = p.terms + pair.first;
  for (const ConvTerm* end = t + pair.terms; t < end; ++t)
    if (t->pixels >> pixel & 1)
      sums.add(p.x + (pair.x[pixel] + t->x) * tile_words + first * row_words, w + t->w * 2 * tile_words);
  sums.store_rows(c + pair.to[pixel] + first * p.c_sample, p.c_sample,
                  p.samples - first < conv_rows ? p.samples - first : conv_rows);
}

inline void conv_products(const ConvProducts& p) {
  const uint32_t* w = p.w;
  for (int64_t k = 0; k < p.width; k += 32, w += p.w_block)
    for (int64_t i = 0; i < p.pair_count; ++i)
      for (int pixel = 0; pixel < p.pairs[i].count; ++pixel)
        for (int64_t first = 0; first < p.samples; first += conv_rows)
          (p.width - k > 16 ? &conv_pixel<2> : &conv_pixel<1>)(p, p.pairs[i], pixel, first, w, p.c + k);
}

template <int columns>
void conv_tap(const ConvTap& t, const uint32_t* x, const uint32_t* dc, float* dw, int64_t channels) {
  ConvSums<columns> sums;
  if (t.add)
    sums.load_rows(dw, t.dw_row, channels);
  else
    sums.begin();
  for (int64_t y = 0; y < t.rows; ++y)
    for (int64_t p = 0; p < t.pairs; ++p) sums.add(x + y * t.x_row + p * t.x_pair, dc + y * t.dc_row + p * t.dc_pair);
  sums.store_rows(dw, t.dw_row, channels);
}

inline void conv_weight_gradient(const ConvTap* taps, int64_t count) {
  for (const ConvTap* t = taps; t < taps + count; ++t)
    for (int64_t c = 0; c < t->channels; c += conv_rows)
      for (int64_t k = 0; k < t->width; k += 32)
        (t->width - k > 16 ? &conv_tap<2> : &conv_tap<1>)(*t, t->x + c / 16 * tile_words + c % 16 * row_words,
                                                          t->dc + k / 16 * tile_words, t->dw + c * t->dw_row + k,
                                                          t->channels - c < conv_rows ? t->channels - c : conv_rows);
}

}  // namespace nn::cpu::NN_ISA
