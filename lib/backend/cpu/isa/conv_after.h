// SPDX-License-Identifier: MIT
// What follows a convolution of bf16 numbers, for a few rows of all samples of a group: its sums and the choice of cells in
// one pass; its gradient, straight to what is multiplied (bf16_conv.h).
#pragma once

#include "backend/cpu/isa/block_tail.h"
#include "backend/cpu/isa/conv_pack.h"

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
inline void look_at_windows(const BlockTail& t, const float* c, V sign, float* raw, uint8_t* index, Moments& m) {
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
  const BlockTail& t = g.band;
  const int64_t pixels = t.oh * t.ow;
  for (int64_t k = 0; k < t.width; k += lanes) {
    Moments m(load(center + k));
    int64_t summed = 0;
    for (int64_t n = 0; n < g.samples; ++n) {
      if (g.index)
        look_at_windows(t, g.c + n * g.c_sample + k, load(sign + k), g.raw + n * g.raw_sample + k, g.index + n * g.index_sample + k, m);
      else look_at_pixels(g.c + n * g.c_sample + k, pixels, t.width, m);
      if ((summed += pixels) < pixels_of_sums && n + 1 < g.samples) continue;
      m.end(sum + k, squares + k);
      summed = 0;
    }
  }
}

/// The gradient of one block of 32 channels, in two vectors.
template <bool base>
class GradientBlock {
 public:
  GradientBlock(const GroupTail& g, int64_t k, const float* factor, const float* slope, const float* shift)
      : g_(g), k_(k), two_(k + lanes < g.band.width), first_(some(k)), second_(some(k + lanes)) {
    factor_[0] = load(factor + k), slope_[0] = load(slope + k), shift_[0] = load(shift + k);
    const int64_t other = two_ ? k + lanes : k;
    factor_[1] = load(factor + other), slope_[1] = load(slope + other), shift_[1] = load(shift + other);
  }

  struct Cell {
    V gradient[2];
    I place[2];
  };
  /// Of a cell of sample n.
  Cell cell(int64_t n, int64_t at) const {
    Cell c;
    const float* dy = g_.dy + n * g_.dy_sample + at * g_.band.channels + k_;
    c.gradient[0] = factor_[0] * reinterpret_cast<V>(_mm512_maskz_loadu_ps(first_, dy));
    c.gradient[1] = factor_[1] * reinterpret_cast<V>(_mm512_maskz_loadu_ps(second_, dy + lanes));
    const uint8_t* index = g_.index + n * g_.index_sample + at * g_.band.width + k_;
    c.place[0] = g_.index ? load_bytes(index) : I{};
    c.place[1] = g_.index && two_ ? load_bytes(index + lanes) : I{};
    return c;
  }
  /// Numbers of a pixel of sample n, which has place j in its cell; without a cell what all pixels have.
  __m512i numbers(int64_t n, int64_t pixel, const Cell* cell, int j) const {
    V v[2]{};
    if (base) {
      const float* c = g_.c + n * g_.c_sample + pixel * g_.band.width + k_;
      v[0] = slope_[0] * load(c) + shift_[0];
      if (two_) v[1] = slope_[1] * load(c + lanes) + shift_[1];
    }
    if (cell)
      for (int i = 0; i < 2; ++i) {
        const V here = cell->place[i] == j ? cell->gradient[i] : V{};
        v[i] = base ? v[i] + here : here;
      }
    return reinterpret_cast<__m512i>(words_of_row(v[0], v[1]));
  }

 private:
  __mmask16 some(int64_t k) const {
    const int64_t n = g_.band.channels - k;
    return n <= 0 ? static_cast<__mmask16>(0) : first_lanes(n < lanes ? n : lanes);
  }
  const GroupTail& g_;
  int64_t k_;
  bool two_;
  __mmask16 first_, second_;
  V factor_[2], slope_[2], shift_[2];
};

/// Where the numbers of two samples of one pixel and block go.
class GradientTiles {
 public:
  GradientTiles(const BlockTail& t, uint32_t* numbers, uint32_t* pairs)
      : ow_(t.ow), blocks_((t.width + row_numbers - 1) / row_numbers), halves_(t.width / lanes), pairs_of_row_((t.ow + 1) / 2),
        numbers_(numbers), pairs_(pairs) {}

  void put(int64_t y, int64_t x, int64_t block, int64_t two, __m512i first, __m512i second) const {
    if (numbers_) {
      uint32_t* to = numbers_ + ((y * ow_ + x) * blocks_ + block) * tile_words + 2 * two * row_words;
      _mm512_store_si512(to, first);
      _mm512_store_si512(to + row_words, second);
    }
    __m512i low, high;
    pair_numbers(first, second, low, high);
    uint32_t* to = pairs_ + ((y * pairs_of_row_ + x / 2) * halves_ + 2 * block) * tile_words + (x % 2 * 8 + two) * row_words;
    _mm512_store_si512(to, low);
    if (2 * block + 1 < halves_) _mm512_store_si512(to + tile_words, high);
  }

 private:
  int64_t ow_, blocks_, halves_, pairs_of_row_;
  uint32_t *numbers_, *pairs_;
};

template <bool base, int cells>
void conv_gradient_of(const GroupTail& g, const float* factor, const float* slope, const float* shift, uint32_t* numbers, uint32_t* pairs) {
  const BlockTail& t = g.band;
  const int64_t side = cells == 4 ? 2 : 1, ph = t.oh / side, pw = t.ow / side;
  const GradientTiles tiles(t, numbers, pairs);
  using Block = GradientBlock<base>;
  /// make(sample, cell): numbers of the pixel
  const auto each_two = [&](auto put) {
    for (int64_t two = 0; two < group_samples / 2; ++two) put(two);
  };
  const auto plain = [&](int64_t y, int64_t x, const Block& b, int64_t block) {
    each_two([&](int64_t two) {
      const auto of = [&](int64_t n) { return n < g.samples ? b.numbers(n, y * t.ow + x, nullptr, 0) : _mm512_setzero_si512(); };
      tiles.put(y, x, block, two, of(2 * two), of(2 * two + 1));
    });
  };
  for (int64_t block = 0; block * row_numbers < t.width; ++block) {
    const Block b(g, block * row_numbers, factor, slope, shift);
    for (int64_t py = 0; py < ph; ++py)
      for (int64_t px = 0; px < pw; ++px)
        each_two([&](int64_t two) {
          __m512i of[2][cells];
          for (int s = 0; s < 2; ++s) {
            const int64_t n = 2 * two + s;
            typename Block::Cell cell;
            if (n < g.samples) cell = b.cell(n, py * pw + px);
#pragma GCC unroll 4
            for (int j = 0; j < cells; ++j)
              of[s][j] = n < g.samples ? b.numbers(n, (side * py + j / 2) * t.ow + side * px + j % 2, &cell, j) : _mm512_setzero_si512();
          }
#pragma GCC unroll 4
          for (int j = 0; j < cells; ++j) tiles.put(side * py + j / 2, side * px + j % 2, block, two, of[0][j], of[1][j]);
        });
    for (int64_t y = 0; y < side * ph; ++y)
      for (int64_t x = side * pw; x < t.ow; ++x) plain(y, x, b, block);
    for (int64_t y = side * ph; y < t.oh; ++y)
      for (int64_t x = 0; x < t.ow; ++x) plain(y, x, b, block);
  }
  if (t.ow % 2 == 0) return;
  const GradientTiles alone(t, nullptr, pairs);
  for (int64_t y = 0; y < t.oh; ++y)
    for (int64_t block = 0; block * row_numbers < t.width; ++block)
      each_two([&](int64_t two) { alone.put(y, t.ow, block, two, _mm512_setzero_si512(), _mm512_setzero_si512()); });
}

inline void conv_gradient(const GroupTail& g, const float* factor, const float* slope, const float* shift, uint32_t* numbers, uint32_t* pairs) {
  const auto run = g.band.pool ? (g.c ? &conv_gradient_of<true, 4> : &conv_gradient_of<false, 4>)
                               : (g.c ? &conv_gradient_of<true, 1> : &conv_gradient_of<false, 1>);
  run(g, factor, slope, shift, numbers, pairs);
}

}  // namespace nn::cpu::NN_ISA
