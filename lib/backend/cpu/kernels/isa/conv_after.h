// SPDX-License-Identifier: MIT
// What follows a convolution of bf16 numbers, for a few rows of all samples of a group: its sums and the choice of
// cells in one pass; its gradient, straight to what is multiplied (bf16_conv.h).
#pragma once

#include "backend/cpu/kernels/isa/block_tail.h"
#include "backend/cpu/kernels/isa/conv_pack.h"

namespace nn::cpu::NN_ISA {

/// Sums over pixels are kept in float for about this many, then added up in double.
constexpr int64_t pixels_of_sums = 512;

/// Of one vector of channels around a centre.
class Moments {
 public:
  explicit Moments(V center) : center_(center) {}
  void add(V c, int slot) {
    const V off = c - center_;
    sum_[slot] += off;
    squares_[slot] = off * off + squares_[slot];
  }
  void end(double* sum, double* squares) {
    add_to(sum, (sum_[0] + sum_[1]) + (sum_[2] + sum_[3]));
    add_to(squares, (squares_[0] + squares_[1]) + (squares_[2] + squares_[3]));
    for (int i = 0; i < 4; ++i) sum_[i] = squares_[i] = V{};
  }

 private:
  V center_, sum_[4]{}, squares_[4]{};
};

inline void look_at_pixels(const float* c, int64_t pixels, int64_t width, Moments& m) {
  int64_t i = 0;
  for (; i + 4 <= pixels; i += 4)
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) m.add(load(c + (i + j) * width), j);
  for (; i < pixels; ++i) m.add(load(c + i * width), 0);
}

/// As block_choose; the sums of the same cells on the way.
inline void look_at_windows(const BlockEpilogue& t, const float* c, V sign, float* raw, uint8_t* index, Moments& m) {
  const int64_t row = t.ow * t.width, ph = t.ph(), pw = t.pw();
  for (int64_t py = 0; py < ph; ++py) {
    const float* corner = c + 2 * py * row;
    for (int64_t px = 0; px < pw; ++px, corner += 2 * t.width, raw += t.width, index += t.width) {
      V origin = load(corner), best = sign * origin;
      m.add(origin, 0);
      I place{};
#pragma GCC unroll 4
      for (int j = 1; j < 4; ++j) {
        const V x = load(corner + j / 2 * row + j % 2 * t.width), v = sign * x;
        m.add(x, j);
        const I better = (v > best) | (v != v);
        best = better ? v : best;
        origin = better ? x : origin;
        place = better ? I{} + j : place;
      }
      store(raw, origin);
      store_bytes(index, place);
    }
    if (2 * pw < t.ow)
      for (int i = 0; i < 2; ++i) m.add(load(c + (2 * py + i) * row + 2 * pw * t.width), i);
  }
  if (2 * ph < t.oh) look_at_pixels(c + 2 * ph * row, t.ow, t.width, m);
}

inline void conv_look(const GroupTail& g, const float* center, const float* sign, double* sum, double* squares) {
  const BlockEpilogue& t = g.band;
  const int64_t pixels = t.oh * t.ow;
  for (int64_t k = 0; k < t.width; k += lanes) {
    Moments m(load(center + k));
    int64_t summed = 0;
    for (int64_t n = 0; n < g.samples; ++n) {
      if (g.index)
        look_at_windows(t, g.c + n * g.c_sample + k, load(sign + k), g.raw + n * g.raw_sample + k,
                        g.index + n * g.index_sample + k, m);
      else
        look_at_pixels(g.c + n * g.c_sample + k, pixels, t.width, m);
      if ((summed += pixels) < pixels_of_sums && n + 1 < g.samples) continue;
      m.end(sum + k, squares + k);
      summed = 0;
    }
  }
}

/// What the gradient of 32 channels, in two vectors, is made of; `some`: lanes of dy that are there.
struct GradientVectors {
  V factor[2], slope[2], shift[2];
  __mmask16 some[2];
};

inline GradientVectors gradient_vectors(const BlockEpilogue& t, int64_t k, const float* factor, const float* slope,
                                        const float* shift) {
  GradientVectors v;
  for (int i = 0; i < 2; ++i) {
    const int64_t at = k + i * lanes < t.width ? k + i * lanes : k, left = t.channels - k - i * lanes;
    v.factor[i] = load(factor + at), v.slope[i] = load(slope + at), v.shift[i] = load(shift + at);
    v.some[i] = left <= 0 ? static_cast<__mmask16>(0) : first_lanes(left < lanes ? left : lanes);
  }
  return v;
}

/// Where a window is: its first pixel and its cell; where the numbers and pairs of that pixel go.
struct GradientWindow {
  int64_t pixel, cell;
  uint32_t *numbers, *pairs;
};

/// All samples of the group, 32 channels from k on. Without `both` there are only 16.
template <bool base, int cells, bool both>
void gradient_of_window(const GroupTail& g, int64_t k, const GradientVectors& vectors, const GradientWindow& window) {
  const BlockEpilogue& t = g.band;
  const int64_t width = t.width, blocks = (width + row_numbers - 1) / row_numbers * tile_words, samples = g.samples;
  const int64_t pair_row = (t.ow + 1) / 2 * (width / lanes) * tile_words;
  // Of the four pixels, from the first on.
  const int64_t at[4] = {0, width, t.ow * width, (t.ow + 1) * width},
                number_at[4] = {0, blocks, t.ow * blocks, (t.ow + 1) * blocks};
  const int64_t pair_at[4] = {0, 8 * row_words, pair_row, pair_row + 8 * row_words};
  const V factor[2] = {vectors.factor[0], vectors.factor[1]}, slope[2] = {vectors.slope[0], vectors.slope[1]},
          shift[2] = {vectors.shift[0], vectors.shift[1]};
  const __mmask16 some[2] = {vectors.some[0], vectors.some[1]};
  const float *c = base ? g.c + window.pixel * width + k : nullptr, *dy = g.dy + window.cell * t.channels + k;
  const uint8_t* index = g.index ? g.index + window.cell * width + k : nullptr;
  const int64_t c_sample = g.c_sample, dy_sample = g.dy_sample, index_sample = g.index_sample;
  uint32_t *numbers = window.numbers, *pairs = window.pairs;
  for (int64_t two = 0; two < group_samples; two += 2, pairs += row_words) {
    __m512i of[2][cells];
#pragma GCC unroll 2
    for (int s = 0; s < 2; ++s) {
      if (two + s >= samples) {
#pragma GCC unroll 4
        for (int j = 0; j < cells; ++j) of[s][j] = _mm512_setzero_si512();
        continue;
      }
      const V gradient[2] = {factor[0] * reinterpret_cast<V>(_mm512_maskz_loadu_ps(some[0], dy)),
                             factor[1] * reinterpret_cast<V>(_mm512_maskz_loadu_ps(some[1], dy + lanes))};
      const __m128i zero = _mm_setzero_si128();
      const __m128i place[2] = {
          index ? _mm_loadu_si128(reinterpret_cast<const __m128i*>(index)) : zero,
          index && both ? _mm_loadu_si128(reinterpret_cast<const __m128i*>(index + lanes)) : zero};
#pragma GCC unroll 4
      for (int j = 0; j < cells; ++j) {
        V v[2]{};
#pragma GCC unroll 2
        for (int i = 0; i < (both ? 2 : 1); ++i) {
          const __mmask16 here = _mm_cmpeq_epi8_mask(place[i], _mm_set1_epi8(static_cast<char>(j)));
          if (base) {
            v[i] = slope[i] * load(c + at[j] + i * lanes) + shift[i];
            v[i] = reinterpret_cast<V>(_mm512_mask_add_ps(reinterpret_cast<__m512>(v[i]), here,
                                                          reinterpret_cast<__m512>(v[i]),
                                                          reinterpret_cast<__m512>(gradient[i])));
          } else {
            v[i] = reinterpret_cast<V>(_mm512_maskz_mov_ps(here, reinterpret_cast<__m512>(gradient[i])));
          }
        }
        of[s][j] = reinterpret_cast<__m512i>(words_of_row(v[0], v[1]));
      }
      if (base) c += c_sample;
      dy += dy_sample;
      if (index) index += index_sample;
    }
#pragma GCC unroll 4
    for (int j = 0; j < cells; ++j) {
      if (numbers) {
        _mm512_store_si512(numbers + number_at[j] + two * row_words, of[0][j]);
        _mm512_store_si512(numbers + number_at[j] + (two + 1) * row_words, of[1][j]);
      }
      __m512i low, high;
      pair_numbers(of[0][j], of[1][j], low, high);
      _mm512_store_si512(pairs + pair_at[j], low);
      if (both) _mm512_store_si512(pairs + pair_at[j] + tile_words, high);
    }
  }
}

template <bool base, int cells, bool both>
void gradient_of_block(const GroupTail& g, int64_t k, const GradientVectors& vectors, uint32_t* numbers,
                       uint32_t* pairs) {
  const BlockEpilogue& t = g.band;
  const int64_t side = cells == 4 ? 2 : 1, ph = t.oh / side, pw = t.ow / side, halves = t.width / lanes,
                two = (t.ow + 1) / 2;
  const int64_t blocks = (t.width + row_numbers - 1) / row_numbers;
  const auto window = [&](int64_t y, int64_t x, int64_t cell) {
    return GradientWindow{y * t.ow + x, cell,
                          numbers ? numbers + ((y * t.ow + x) * blocks + k / row_numbers) * tile_words : nullptr,
                          pairs + ((y * two + x / 2) * halves + k / lanes) * tile_words + x % 2 * 8 * row_words};
  };
  for (int64_t py = 0; py < ph; ++py)
    for (int64_t px = 0; px < pw; ++px)
      gradient_of_window<base, cells, both>(g, k, vectors, window(side * py, side * px, py * pw + px));
  GradientVectors none = vectors;  // for pixels that no window has
  GroupTail alone = g;
  alone.index = nullptr;
  for (int i = 0; i < 2; ++i) none.factor[i] = V{}, none.some[i] = 0;
  for (int64_t y = 0; y < t.oh; ++y)
    for (int64_t x = y < side * ph ? side * pw : 0; x < t.ow; ++x)
      gradient_of_window<base, 1, both>(alone, k, none, window(y, x, 0));
  if (t.ow % 2 == 0) return;
  alone.samples = 0;
  for (int64_t y = 0; y < t.oh; ++y) {
    GradientWindow behind = window(y, t.ow, 0);
    behind.numbers = nullptr;
    gradient_of_window<false, 1, both>(alone, k, none, behind);
  }
}

inline void conv_gradient(const GroupTail& g, const float* factor, const float* slope, const float* shift,
                          uint32_t* numbers, uint32_t* pairs) {
  for (int64_t k = 0; k < g.band.width; k += row_numbers) {
    const GradientVectors vectors = gradient_vectors(g.band, k, factor, slope, shift);
    const bool both = k + lanes < g.band.width;
    const auto pooled = g.c ? (both ? &gradient_of_block<true, 4, true> : &gradient_of_block<true, 4, false>)
                            : (both ? &gradient_of_block<false, 4, true> : &gradient_of_block<false, 4, false>);
    const auto plain = g.c ? (both ? &gradient_of_block<true, 1, true> : &gradient_of_block<true, 1, false>)
                           : (both ? &gradient_of_block<false, 1, true> : &gradient_of_block<false, 1, false>);
    (g.band.pool ? pooled : plain)(g, k, vectors, numbers, pairs);
  }
}

}  // namespace nn::cpu::NN_ISA
