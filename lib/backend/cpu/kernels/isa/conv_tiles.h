// SPDX-License-Identifier: MIT
// The products of convolutions of bf16 numbers by the tile unit (AMX): tiles 0 to 3 hold sums, 4 and 5 the left factor,
// 6 and 7 the right one. A thread's tiles hold nothing between two calls.
#pragma once

#include <immintrin.h>

#include "backend/cpu/kernels/bf16_conv.h"
#include "backend/cpu/kernels/isa/tiles.h"

namespace nn::cpu::NN_ISA {

/// What was written is in memory: the compiler does not know that loads of tiles read it.
inline void before_tiles() { asm volatile("" : : : "memory"); }

template <int uppers, int columns>
void begin_sums() {
  _tile_zero(0);
  if constexpr (columns == 2) _tile_zero(1);
  if constexpr (uppers == 2) _tile_zero(2);
  if constexpr (uppers == 2 && columns == 2) _tile_zero(3);
}

/// Left tiles a and a2 times right tiles b and the one behind it.
template <int uppers, int columns>
void add_tiles(const uint32_t* a, const uint32_t* a2, const uint32_t* b) {
  _tile_loadd(4, a, 64);
  _tile_loadd(6, b, 64);
  _tile_dpbf16ps(0, 4, 6);
  if constexpr (uppers == 2) {
    _tile_loadd(5, a2, 64);
    _tile_dpbf16ps(2, 5, 6);
  }
  if constexpr (columns == 2) {
    _tile_loadd(7, b + tile_words, 64);
    _tile_dpbf16ps(1, 4, 7);
  }
  if constexpr (uppers == 2 && columns == 2) _tile_dpbf16ps(3, 5, 7);
}

template <int uppers, int columns>
void load_sums(const float* c, const float* c2, int64_t row) {
  _tile_loadd(0, c, 4 * row);
  if constexpr (columns == 2) _tile_loadd(1, c + 16, 4 * row);
  if constexpr (uppers == 2) _tile_loadd(2, c2, 4 * row);
  if constexpr (uppers == 2 && columns == 2) _tile_loadd(3, c2 + 16, 4 * row);
}

template <int uppers, int columns>
void store_sums(float* c, float* c2, int64_t row) {
  _tile_stored(0, c, 4 * row);
  if constexpr (columns == 2) _tile_stored(1, c + 16, 4 * row);
  if constexpr (uppers == 2) _tile_stored(2, c2, 4 * row);
  if constexpr (uppers == 2 && columns == 2) _tile_stored(3, c2 + 16, 4 * row);
}

template <int pixels, int columns>
void conv_pair(const ConvProducts& p, const ConvPair& pair, const uint32_t* w, float* c) {
  begin_sums<pixels, columns>();
  const uint32_t* x = p.x;
  const int64_t zeros = p.zeros, x0 = pair.x[0], x1 = pair.x[1];
  const ConvTerm* t = p.terms + pair.first;
  for (const ConvTerm* end = t + pair.terms; t < end; ++t) {
    const int64_t i = t->pixels & 1 ? x0 + t->x : zeros, j = t->pixels & 2 ? x1 + t->x : zeros;
    add_tiles<pixels, columns>(x + i * tile_words, x + j * tile_words, w + t->w * 2 * tile_words);
  }
  store_sums<pixels, columns>(c + pair.to[0], c + pair.to[1], p.c_sample);
}

inline void conv_products(const ConvProducts& p) {
  Tiles::repack(p.samples, p.samples);
  before_tiles();
  const uint32_t* w = p.w;
  for (int64_t k = 0; k < p.width; k += 32, w += p.w_block) {
    const bool both = p.width - k > 16;
    for (int64_t i = 0; i < p.pair_count; ++i) {
      const ConvPair& pair = p.pairs[i];
      const auto run =
          pair.count == 2 ? (both ? &conv_pair<2, 2> : &conv_pair<2, 1>) : (both ? &conv_pair<1, 2> : &conv_pair<1, 1>);
      run(p, pair, w, p.c + k);
    }
  }
  Tiles::release();
}

template <int uppers, int columns>
void conv_tap(const ConvTap& t, const uint32_t* x, const uint32_t* dc, float* dw) {
  float* lower = dw + 16 * t.dw_row;
  if (t.add)
    load_sums<uppers, columns>(dw, lower, t.dw_row);
  else
    begin_sums<uppers, columns>();
  for (int64_t y = 0; y < t.rows; ++y) {
    const uint32_t *a = x + y * t.x_row, *b = dc + y * t.dc_row;
    for (int64_t p = 0; p < t.pairs; ++p, a += t.x_pair, b += t.dc_pair)
      add_tiles<uppers, columns>(a, a + tile_words, b);
  }
  store_sums<uppers, columns>(dw, lower, t.dw_row);
}

inline void conv_weight_gradient(const ConvTap* taps, int64_t count) {
  const int64_t channels = taps->channels, width = taps->width;
  before_tiles();
  for (int64_t c = 0; c < channels; c += 32) {
    const int64_t upper = channels - c < 16 ? channels - c : 16, rest = channels - c - 16,
                  lower = rest < 0    ? 0
                          : rest < 16 ? rest
                                      : 16;
    Tiles::repack(upper, lower > 0 ? lower : 16);
    for (int64_t k = 0; k < width; k += 32) {
      const bool both = width - k > 16;
      const auto run =
          lower > 0 ? (both ? &conv_tap<2, 2> : &conv_tap<2, 1>) : (both ? &conv_tap<1, 2> : &conv_tap<1, 1>);
      for (const ConvTap* t = taps; t < taps + count; ++t)
        run(*t, t->x + c / 16 * tile_words, t->dc + k / 16 * tile_words, t->dw + c * t->dw_row + k);
    }
  }
  Tiles::release();
}

}  // namespace nn::cpu::NN_ISA
