// SPDX-License-Identifier: MIT
// What follows a convolution in a block, one sample at a time in the pixels layout: the affine part of batch norm,
// relu, 2x2 max pooling; their gradient; the sums over pixels that batch norm needs.
#pragma once

#include "backend/cpu/kernels/block_kernels.h"
#include "backend/cpu/kernels/isa/bytes.h"
#include "backend/cpu/kernels/isa/window.h"

namespace nn::cpu::NN_ISA {

inline V load_some(const float* p, int64_t n) { return n >= lanes ? load(p) : load_part(p, n); }
inline void store_some(float* p, V v, int64_t n) {
  if (n >= lanes)
    store(p, v);
  else
    store_part(p, v, n);
}

/// Where there is no pooling a window has one cell. One vector of channels; `some` of them are there.
template <bool relu, int cells, bool full>
void tail_vector(const BlockEpilogue& t, const float* c, V scale, V shift, int64_t some, float* y, float* raw,
                 uint8_t* index) {
  const int64_t side = cells == 4 ? 2 : 1, ph = t.oh / side, pw = t.ow / side, row = t.ow * t.width;
  for (int64_t py = 0; py < ph; ++py)
    for (int64_t px = 0; px < pw; ++px, y += t.channels) {
      const float* corner = c + side * (py * row + px * t.width);
      V origin = load(corner), best = scale * origin + shift;
      I place{};
#pragma GCC unroll 4
      for (int j = 1; j < cells; ++j) {
        const V x = load(corner + j / 2 * row + j % 2 * t.width), v = scale * x + shift;
        const I better = (v > best) | (v != v);
        best = better ? v : best;
        origin = better ? x : origin;
        place = better ? I{} + j : place;
      }
      if (relu) {
        const I off = best <= 0.f;
        best = off ? V{} : best;
        place = off ? I{} + index_off : place;
      }
      if (full)
        store(y, best);
      else
        store_part(y, best, some);
      const int64_t cell = (py * pw + px) * t.width;
      if (raw) store(raw + cell, origin);
      if (index) store_bytes(index + cell, place);
    }
}

template <bool relu, int cells>
void tail_of(const BlockEpilogue& t, const float* c, const float* scale, const float* shift, float* y, float* raw,
             uint8_t* index) {
  for (int64_t k = 0; k < t.channels; k += lanes) {
    const auto run = t.channels - k >= lanes ? &tail_vector<relu, cells, true> : &tail_vector<relu, cells, false>;
    run(t, c + k, load(scale + k), load(shift + k), t.channels - k, y + k, raw ? raw + k : nullptr,
        index ? index + k : nullptr);
  }
}

inline void block_tail(const BlockEpilogue& t, const float* c, const float* scale, const float* shift, float* y,
                       float* raw, uint8_t* index) {
  const auto run =
      t.pool ? (t.relu ? &tail_of<true, 4> : &tail_of<false, 4>) : (t.relu ? &tail_of<true, 1> : &tail_of<false, 1>);
  run(t, c, scale, shift, y, raw, index);
}

/// The first of equals wins, a NaN wins and stays, as in tail_vector.
inline void block_choose(const BlockEpilogue& t, const float* c, const float* sign, float* raw, uint8_t* index) {
  const int64_t row = t.ow * t.width;
  for (int64_t py = 0; py < t.ph(); ++py)
    for (int64_t px = 0; px < t.pw(); ++px, raw += t.width, index += t.width) {
      const float* corner = c + 2 * (py * row + px * t.width);
      for (int64_t k = 0; k < t.width; k += lanes) {
        const V s = load(sign + k);
        V origin = load(corner + k), best = s * origin;
        I place{};
#pragma GCC unroll 4
        for (int j = 1; j < 4; ++j) {
          const V x = load(corner + j / 2 * row + j % 2 * t.width + k), v = s * x;
          const I better = (v > best) | (v != v);
          best = better ? v : best;
          origin = better ? x : origin;
          place = better ? I{} + j : place;
        }
        store(raw + k, origin);
        store_bytes(index + k, place);
      }
    }
}

template <bool relu>
void after_choice(const BlockEpilogue& t, const float* raw, const float* scale, const float* shift, float* y,
                  uint8_t* index) {
  const int64_t cells = t.ph() * t.pw();
  for (int64_t i = 0; i < cells; ++i, raw += t.width, y += t.channels, index += t.width)
    for (int64_t k = 0; k < t.channels; k += lanes) {
      V v = load(scale + k) * load(raw + k) + load(shift + k);
      if (relu) {
        const I off = v <= 0.f;
        v = off ? V{} : v;
        store_bytes(index + k, off ? I{} + index_off : load_bytes(index + k));
      }
      store_some(y + k, v, t.channels - k);
    }
}

inline void block_after_choice(const BlockEpilogue& t, const float* raw, const float* scale, const float* shift,
                               float* y, uint8_t* index) {
  t.relu ? after_choice<true>(t, raw, scale, shift, y, index) : after_choice<false>(t, raw, scale, shift, y, index);
}

/// slope c + shift over `pixels` pixels, 0 without c: cells that no window has.
inline void base_gradient(const float* c, const float* slope, const float* shift, int64_t pixels, int64_t width,
                          float* dc) {
  for (int64_t i = 0; i < pixels; ++i, dc += width)
    for (int64_t k = 0; k < width; k += lanes)
      store(dc + k, c ? load(slope + k) * load(c + i * width + k) + load(shift + k) : V{});
}

/// One vector of channels of the cells that windows have.
template <bool base, int cells, bool full>
void gradient_vector(const BlockEpilogue& t, const float* c, V factor, V slope, V shift, const float* dy,
                     const uint8_t* index, int64_t some, float* dc, int64_t dc_row) {
  const int64_t side = cells == 4 ? 2 : 1, ph = t.oh / side, pw = t.ow / side, row = t.ow * t.width;
  for (int64_t py = 0; py < ph; ++py)
    for (int64_t px = 0; px < pw; ++px, dy += t.channels) {
      const int64_t corner = side * (py * row + px * t.width);
      float* to = dc + side * (py * dc_row + px * t.width);
      const V g = factor * (full ? load(dy) : load_part(dy, some));
      const I place = index ? load_bytes(index + (py * pw + px) * t.width) : I{};
#pragma GCC unroll 4
      for (int j = 0; j < cells; ++j) {
        V v = place == j ? g : V{};
        if (base) v += slope * load(c + corner + j / 2 * row + j % 2 * t.width) + shift;
        store(to + j / 2 * dc_row + j % 2 * t.width, v);
      }
    }
}

template <bool base, int cells>
void gradient_of(const BlockEpilogue& t, const float* c, const float* factor, const float* slope, const float* shift,
                 const float* dy, const uint8_t* index, float* dc, int64_t dc_row) {
  const int64_t side = cells == 4 ? 2 : 1, inside_h = t.oh / side * side, inside_w = t.ow / side * side,
                row = t.ow * t.width;
  for (int64_t k = 0; k < t.channels; k += lanes) {
    const auto run =
        t.channels - k >= lanes ? &gradient_vector<base, cells, true> : &gradient_vector<base, cells, false>;
    run(t, base ? c + k : nullptr, load(factor + k), load(slope + k), load(shift + k), dy + k,
        index ? index + k : nullptr, t.channels - k, dc + k, dc_row);
  }
  if (inside_w < t.ow)
    for (int64_t y = 0; y < inside_h; ++y)
      base_gradient(base ? c + y * row + inside_w * t.width : nullptr, slope, shift, 1, t.width,
                    dc + y * dc_row + inside_w * t.width);
  if (inside_h < t.oh)
    base_gradient(base ? c + inside_h * row : nullptr, slope, shift, t.ow, t.width, dc + inside_h * dc_row);
}

inline void block_gradient(const BlockEpilogue& t, const float* c, const float* factor, const float* slope,
                           const float* shift, const float* dy, const uint8_t* index, float* dc, int64_t dc_row) {
  const auto run = t.pool ? (c ? &gradient_of<true, 4> : &gradient_of<false, 4>)
                          : (c ? &gradient_of<true, 1> : &gradient_of<false, 1>);
  run(t, c, factor, slope, shift, dy, index, dc, dc_row);
}

/// Adds a vector of floats to doubles.
inline void add_to(double* sum, V v) {
  for (int i = 0; i < lanes; ++i) sum[i] += static_cast<double>(v[i]);
}

/// Sums over pixels are kept in float for this many, then added up in double.
constexpr int64_t run_of_pixels = 256;

/// The sums of a few pixels at once do not wait for each other.
constexpr int pixels_at_once = 4;

template <bool full>
void sums_of_run(const BlockEpilogue& t, const float* dy, const uint8_t* index, const float* raw, V center,
                 int64_t pixels, int64_t some, double* sum, double* dot) {
  V s[pixels_at_once]{}, d[pixels_at_once]{};
  const auto add = [&](int64_t i, int slot) {
    V g = full ? load(dy + i * t.channels) : load_part(dy + i * t.channels, some);
    if (index) g = load_bytes(index + i * t.width) == index_off ? V{} : g;
    s[slot] += g;
    if (raw) d[slot] = g * (load(raw + i * t.width) - center) + d[slot];
  };
  int64_t i = 0;
  for (; i + pixels_at_once <= pixels; i += pixels_at_once)
#pragma GCC unroll 4
    for (int k = 0; k < pixels_at_once; ++k) add(i + k, k);
  for (; i < pixels; ++i) add(i, 0);
  add_to(sum, (s[0] + s[1]) + (s[2] + s[3]));
  if (raw) add_to(dot, (d[0] + d[1]) + (d[2] + d[3]));
}

inline void block_sums(const BlockEpilogue& t, const float* dy, const uint8_t* index, const float* raw,
                       const float* center, double* sum, double* dot) {
  const int64_t pixels = t.ph() * t.pw();
  for (int64_t k = 0; k < t.channels; k += lanes)
    for (int64_t begin = 0; begin < pixels; begin += run_of_pixels) {
      const int64_t n = begin + run_of_pixels < pixels ? run_of_pixels : pixels - begin, some = t.channels - k;
      const auto run = some >= lanes ? &sums_of_run<true> : &sums_of_run<false>;
      const int64_t at = begin * t.width + k;
      run(t, dy + begin * t.channels + k, index ? index + at : nullptr, raw ? raw + at : nullptr,
          raw ? load(center + k) : V{}, n, some, sum + k, dot + k);
    }
}

inline void block_moments(const float* c, int64_t pixels, int64_t width, const float* center, double* sum,
                          double* squares) {
  for (int64_t k = 0; k < width; k += lanes)
    for (int64_t begin = 0; begin < pixels; begin += run_of_pixels) {
      const int64_t end = begin + run_of_pixels < pixels ? begin + run_of_pixels : pixels;
      const V middle = load(center + k);
      V s0{}, s1{}, q0{}, q1{};
      int64_t i = begin;
      for (; i + 2 <= end; i += 2) {
        const V a = load(c + i * width + k) - middle, b = load(c + (i + 1) * width + k) - middle;
        s0 += a;
        s1 += b;
        q0 = a * a + q0;
        q1 = b * b + q1;
      }
      if (i < end) {
        const V a = load(c + i * width + k) - middle;
        s0 += a;
        q0 = a * a + q0;
      }
      add_to(sum + k, s0 + s1);
      add_to(squares + k, q0 + q1);
    }
}

}  // namespace nn::cpu::NN_ISA
