// SPDX-License-Identifier: MIT
// What follows a convolution in a block, one sample at a time in the pixels layout: the affine part of batch norm, relu,
// 2x2 max pooling; their gradient; the sums over pixels that batch norm needs.
#pragma once

#include "backend/cpu/block_kernels.h"
#include "backend/cpu/isa/vec.h"
#include "backend/cpu/isa/window.h"

namespace nn::cpu::NN_ISA {

typedef uint8_t Bytes __attribute__((vector_size(lanes), aligned(1), may_alias));

inline void store_index(uint8_t* p, I place) { *reinterpret_cast<Bytes*>(p) = __builtin_convertvector(place, Bytes); }
inline I load_index(const uint8_t* p) { return __builtin_convertvector(*reinterpret_cast<const Bytes*>(p), I); }
inline V load_some(const float* p, int64_t n) { return n >= lanes ? load(p) : load_part(p, n); }
inline void store_some(float* p, V v, int64_t n) {
  if (n >= lanes) store(p, v);
  else store_part(p, v, n);
}

/// Where there is no pooling a window has one cell.
template <bool relu, int cells>
void tail_of(const BlockTail& t, const float* c, const float* scale, const float* shift, float* y, float* raw, uint8_t* index) {
  const int64_t side = cells == 4 ? 2 : 1, ph = t.oh / side, pw = t.ow / side, row = t.ow * t.width;
  for (int64_t py = 0; py < ph; ++py)
    for (int64_t px = 0; px < pw; ++px, y += t.channels) {
      const float* corner = c + side * (py * row + px * t.width);
      const int64_t cell = (py * pw + px) * t.width;
      for (int64_t k = 0; k < t.channels; k += lanes) {
        const V a = load(scale + k), b = load(shift + k);
        V origin = load(corner + k), best = a * origin + b;
        I place{};
#pragma GCC unroll 4
        for (int j = 1; j < cells; ++j) {
          const V x = load(corner + j / 2 * row + j % 2 * t.width + k), v = a * x + b;
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
        store_some(y + k, best, t.channels - k);
        if (raw) store(raw + cell + k, origin);
        if (index) store_index(index + cell + k, place);
      }
    }
}

inline void tail(const BlockTail& t, const float* c, const float* scale, const float* shift, float* y, float* raw, uint8_t* index) {
  const auto run = t.pool ? (t.relu ? &tail_of<true, 4> : &tail_of<false, 4>) : (t.relu ? &tail_of<true, 1> : &tail_of<false, 1>);
  run(t, c, scale, shift, y, raw, index);
}

/// slope c + shift over `pixels` pixels, 0 without c: cells that no window has.
inline void base_gradient(const float* c, const float* slope, const float* shift, int64_t pixels, int64_t width, float* dc) {
  for (int64_t i = 0; i < pixels; ++i, dc += width)
    for (int64_t k = 0; k < width; k += lanes) store(dc + k, c ? load(slope + k) * load(c + i * width + k) + load(shift + k) : V{});
}

template <bool base, int cells>
void tail_gradient_of(const BlockTail& t, const float* c, const float* factor, const float* slope, const float* shift, const float* dy,
                      const uint8_t* index, float* dc, int64_t dc_row) {
  const int64_t side = cells == 4 ? 2 : 1, ph = t.oh / side, pw = t.ow / side, row = t.ow * t.width;
  for (int64_t py = 0; py < ph; ++py) {
    for (int64_t px = 0; px < pw; ++px, dy += t.channels) {
      const int64_t corner = side * (py * row + px * t.width), cell = (py * pw + px) * t.width;
      float* to = dc + side * (py * dc_row + px * t.width);
      for (int64_t k = 0; k < t.width; k += lanes) {
        const V g = load(factor + k) * load_some(dy + k, t.channels - k);
        const I place = index ? load_index(index + cell + k) : I{};
#pragma GCC unroll 4
        for (int j = 0; j < cells; ++j) {
          const int64_t at = j / 2 * row + j % 2 * t.width + k;
          V v = place == j ? g : V{};
          if (base) v += load(slope + k) * load(c + corner + at) + load(shift + k);
          store(to + j / 2 * dc_row + j % 2 * t.width + k, v);
        }
      }
    }
    for (int64_t i = 0; i < side; ++i) {
      const int64_t y = side * py + i, x = side * pw;
      base_gradient(base ? c + y * row + x * t.width : nullptr, slope, shift, t.ow - x, t.width, dc + y * dc_row + x * t.width);
    }
  }
  for (int64_t y = side * ph; y < t.oh; ++y)
    base_gradient(base ? c + y * row : nullptr, slope, shift, t.ow, t.width, dc + y * dc_row);
}

inline void tail_gradient(const BlockTail& t, const float* c, const float* factor, const float* slope, const float* shift,
                          const float* dy, const uint8_t* index, float* dc, int64_t dc_row) {
  const auto run = t.pool ? (c ? &tail_gradient_of<true, 4> : &tail_gradient_of<false, 4>)
                          : (c ? &tail_gradient_of<true, 1> : &tail_gradient_of<false, 1>);
  run(t, c, factor, slope, shift, dy, index, dc, dc_row);
}

/// Adds a vector of floats to doubles.
inline void add_to(double* sum, V v) {
  for (int i = 0; i < lanes; ++i) sum[i] += static_cast<double>(v[i]);
}

/// Sums over pixels are kept in float for this many, then added up in double.
constexpr int64_t run_of_pixels = 256;

inline void tail_sums(const BlockTail& t, const float* dy, const uint8_t* index, const float* raw, const float* center, double* sum,
                      double* dot) {
  const int64_t pixels = t.ph() * t.pw();
  for (int64_t k = 0; k < t.channels; k += lanes)
    for (int64_t begin = 0; begin < pixels; begin += run_of_pixels) {
      const int64_t end = begin + run_of_pixels < pixels ? begin + run_of_pixels : pixels;
      V s{}, d{};
      const V middle = raw ? load(center + k) : V{};
      for (int64_t i = begin; i < end; ++i) {
        V g = load_some(dy + i * t.channels + k, t.channels - k);
        if (index) g = load_index(index + i * t.width + k) == index_off ? V{} : g;
        s += g;
        if (raw) d = g * (load(raw + i * t.width + k) - middle) + d;
      }
      add_to(sum + k, s);
      if (raw) add_to(dot + k, d);
    }
}

inline void moments(const float* c, int64_t pixels, int64_t width, const float* center, double* sum, double* squares) {
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
