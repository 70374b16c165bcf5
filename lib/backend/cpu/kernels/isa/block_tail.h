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

/// What is kept of the values: all, those above 0 (relu), those between 0 and 6 (relu6). Sets `off` where a gradient
/// ends; a NaN stays.
enum class Kept { all, above_zero, zero_to_six };
template <Kept kept>
inline V activated(V v, I& off) {
  if (kept == Kept::all) return v;
  off = v <= 0.f;
  v = off ? V{} : v;
  if (kept == Kept::above_zero) return v;
  const I above = v >= 6.f;
  off |= above;
  return above ? all(6.f) : v;
}
inline Kept kept_by(const BlockEpilogue& t) {
  return !t.relu ? Kept::all : t.relu6 ? Kept::zero_to_six : Kept::above_zero;
}
/// run<kept>()
template <class Run>
inline void by_kept(Kept kept, Run run) {
  switch (kept) {
    case Kept::all:
      return run.template operator()<Kept::all>();
    case Kept::above_zero:
      return run.template operator()<Kept::above_zero>();
    case Kept::zero_to_six:
      return run.template operator()<Kept::zero_to_six>();
  }
}

/// With pooling: one vector of channels; `some` of them are there.
template <Kept kept, bool full>
void tail_vector(const BlockEpilogue& t, const float* c, V scale, V shift, int64_t some, float* y, float* raw,
                 uint8_t* index) {
  const int64_t ph = t.oh / 2, pw = t.ow / 2, row = t.ow * t.width;
  for (int64_t py = 0; py < ph; ++py)
    for (int64_t px = 0; px < pw; ++px, y += t.channels) {
      const float* corner = c + 2 * (py * row + px * t.width);
      V origin = load(corner), best = scale * origin + shift;
      I place{};
#pragma GCC unroll 4
      for (int j = 1; j < 4; ++j) {
        const V x = load(corner + j / 2 * row + j % 2 * t.width), v = scale * x + shift;
        const I better = (v > best) | (v != v);
        best = better ? v : best;
        origin = better ? x : origin;
        place = better ? I{} + j : place;
      }
      if (kept != Kept::all) {
        I off{};
        best = activated<kept>(best, off);
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

template <Kept kept>
void tail_of(const BlockEpilogue& t, const float* c, const float* scale, const float* shift, float* y, float* raw,
             uint8_t* index) {
  for (int64_t k = 0; k < t.channels; k += lanes) {
    const auto run = t.channels - k >= lanes ? &tail_vector<kept, true> : &tail_vector<kept, false>;
    run(t, c + k, load(scale + k), load(shift + k), t.channels - k, y + k, raw ? raw + k : nullptr,
        index ? index + k : nullptr);
  }
}

/// Without pooling, pixel after pixel: as memory lies.
template <Kept kept>
void tail_of_pixels(const BlockEpilogue& t, const float* c, const float* scale, const float* shift, const float* beside,
                    float* y, float* raw, uint8_t* index) {
  for (int64_t i = 0; i < t.oh * t.ow; ++i, c += t.width, y += t.channels) {
    for (int64_t k = 0; k < t.channels; k += lanes) {
      const V x = load(c + k);
      V v = load(scale + k) * x + load(shift + k);
      if (beside) v += load_some(beside + i * t.channels + k, t.channels - k);
      I off{};
      store_some(y + k, activated<kept>(v, off), t.channels - k);
      if (raw) store(raw + i * t.width + k, x);
      if (index) store_bytes(index + i * t.width + k, off ? I{} + index_off : I{});
    }
  }
}

inline void block_tail(const BlockEpilogue& t, const float* c, const float* scale, const float* shift,
                       const float* beside, float* y, float* raw, uint8_t* index) {
  by_kept(kept_by(t), [&]<Kept kept>() {
    if (t.pool)
      tail_of<kept>(t, c, scale, shift, y, raw, index);
    else
      tail_of_pixels<kept>(t, c, scale, shift, beside, y, raw, index);
  });
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

template <Kept kept>
void after_choice(const BlockEpilogue& t, const float* raw, const float* scale, const float* shift, float* y,
                  uint8_t* index) {
  const int64_t cells = t.ph() * t.pw();
  for (int64_t i = 0; i < cells; ++i, raw += t.width, y += t.channels, index += t.width)
    for (int64_t k = 0; k < t.channels; k += lanes) {
      V v = load(scale + k) * load(raw + k) + load(shift + k);
      if (kept != Kept::all) {
        I off{};
        v = activated<kept>(v, off);
        store_bytes(index + k, off ? I{} + index_off : load_bytes(index + k));
      }
      store_some(y + k, v, t.channels - k);
    }
}

inline void block_after_choice(const BlockEpilogue& t, const float* raw, const float* scale, const float* shift,
                               float* y, uint8_t* index) {
  by_kept(kept_by(t), [&]<Kept kept>() { after_choice<kept>(t, raw, scale, shift, y, index); });
}

/// slope c + shift over `pixels` pixels, 0 without c: cells that no window has.
inline void base_gradient(const float* c, const float* slope, const float* shift, int64_t pixels, int64_t width,
                          float* dc) {
  for (int64_t i = 0; i < pixels; ++i, dc += width)
    for (int64_t k = 0; k < width; k += lanes)
      store(dc + k, c ? load(slope + k) * load(c + i * width + k) + load(shift + k) : V{});
}

/// With pooling: one vector of channels of the cells that windows have.
template <bool base, bool full>
void gradient_vector(const BlockEpilogue& t, const float* c, V factor, V slope, V shift, const float* dy,
                     const uint8_t* index, int64_t some, float* dc, int64_t dc_row) {
  const int64_t ph = t.oh / 2, pw = t.ow / 2, row = t.ow * t.width;
  for (int64_t py = 0; py < ph; ++py)
    for (int64_t px = 0; px < pw; ++px, dy += t.channels) {
      const int64_t corner = 2 * (py * row + px * t.width);
      float* to = dc + 2 * (py * dc_row + px * t.width);
      const V g = factor * (full ? load(dy) : load_part(dy, some));
      const I place = index ? load_bytes(index + (py * pw + px) * t.width) : I{};
#pragma GCC unroll 4
      for (int j = 0; j < 4; ++j) {
        V v = place == j ? g : V{};
        if (base) v += slope * load(c + corner + j / 2 * row + j % 2 * t.width) + shift;
        store(to + j / 2 * dc_row + j % 2 * t.width, v);
      }
    }
}

template <bool base>
void gradient_of(const BlockEpilogue& t, const float* c, const float* factor, const float* slope, const float* shift,
                 const float* dy, const uint8_t* index, float* dc, int64_t dc_row) {
  const int64_t inside_h = t.oh / 2 * 2, inside_w = t.ow / 2 * 2, row = t.ow * t.width;
  for (int64_t k = 0; k < t.channels; k += lanes) {
    const auto run = t.channels - k >= lanes ? &gradient_vector<base, true> : &gradient_vector<base, false>;
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

/// dz = dy where relu is on: by the index (again: all), which is not 0, or is `off`, where it is not; or found from c
/// as forward did.
enum class Off { not_zero, marked };
template <Kept again, Off by>
inline V on(V dy, const BlockEpilogue& t, int64_t k, V c, const uint8_t* index) {
  if constexpr (again == Kept::all) {
    const I place = index ? load_bytes(index) : I{};
    return (by == Off::marked ? place == index_off : place != 0) ? V{} : dy;
  } else {
    I off{};
    activated<again>(load(t.scale + k) * c + load(t.shift + k), off);
    return off ? V{} : dy;
  }
}
/// How the kernels below find it.
inline Kept again_by(const BlockEpilogue& t) { return t.scale ? kept_by(t) : Kept::all; }

/// Without pooling, pixel after pixel.
template <bool base, Kept again>
void gradient_of_pixels(const BlockEpilogue& t, const float* c, const float* factor, const float* slope,
                        const float* shift, const float* dy, const uint8_t* index, float* dc, int64_t dc_row) {
  for (int64_t y = 0; y < t.oh; ++y)
    for (int64_t x = 0; x < t.ow; ++x, dy += t.channels) {
      const int64_t at = (y * t.ow + x) * t.width;
      float* to = dc + y * dc_row + x * t.width;
      for (int64_t k = 0; k < t.channels; k += lanes) {
        const V g = load(factor + k) * load_some(dy + k, t.channels - k), x = base ? load(c + at + k) : V{};
        V v = on<again, Off::not_zero>(g, t, k, x, index ? index + at + k : nullptr);
        if (base) v += load(slope + k) * x + load(shift + k);
        store(to + k, v);
      }
    }
}

inline void block_gradient(const BlockEpilogue& t, const float* c, const float* factor, const float* slope,
                           const float* shift, const float* dy, const uint8_t* index, float* dc, int64_t dc_row) {
  if (t.pool) return (c ? &gradient_of<true> : &gradient_of<false>)(t, c, factor, slope, shift, dy, index, dc, dc_row);
  if (!c) return gradient_of_pixels<false, Kept::all>(t, c, factor, slope, shift, dy, index, dc, dc_row);
  by_kept(again_by(t),
          [&]<Kept again>() { gradient_of_pixels<true, again>(t, c, factor, slope, shift, dy, index, dc, dc_row); });
}

inline void block_beside_gradient(const BlockEpilogue& t, const float* dy, const uint8_t* index, float* dbeside) {
  const int64_t pixels = t.oh * t.ow;
  for (int64_t i = 0; i < pixels; ++i, dy += t.channels, dbeside += t.channels)
    for (int64_t k = 0; k < t.channels; k += lanes) {
      const V g = load_some(dy + k, t.channels - k);
      const I place = index ? load_bytes(index + i * t.width + k) : I{};
      store_some(dbeside + k, place == index_off ? V{} : g, t.channels - k);
    }
}

/// Adds a vector of floats to doubles.
inline void add_to(double* sum, V v) {
  for (int i = 0; i < lanes; ++i) sum[i] += static_cast<double>(v[i]);
}

/// Sums over pixels are kept in float for this many, then added up in double.
constexpr int64_t run_of_pixels = 256;

/// The sums of a few pixels at once do not wait for each other.
constexpr int pixels_at_once = 4;

/// Vectors of channels that are summed side by side, pixel after pixel.
constexpr int64_t channels_at_once = 8 * lanes;

/// Of channels k to end.
template <Kept again>
void sums_of_run(const BlockEpilogue& t, const float* dy, const uint8_t* index, const float* raw, const float* center,
                 int64_t pixels, int64_t k, int64_t end, double* sum, double* dot) {
  V s[channels_at_once / lanes][pixels_at_once], d[channels_at_once / lanes][pixels_at_once];
  for (int64_t c = k, j = 0; c < end; c += lanes, ++j)
    for (int slot = 0; slot < pixels_at_once; ++slot) s[j][slot] = d[j][slot] = V{};
  const auto add = [&](int64_t i, int slot) {
    for (int64_t c = k, j = 0; c < end; c += lanes, ++j) {
      const V x = raw ? load(raw + i * t.width + c) : V{};
      const V g = on<again, Off::marked>(load_some(dy + i * t.channels + c, t.channels - c), t, c, x,
                                         index ? index + i * t.width + c : nullptr);
      s[j][slot] += g;
      if (raw) d[j][slot] = g * (x - load(center + c)) + d[j][slot];
    }
  };
  int64_t i = 0;
  for (; i + pixels_at_once <= pixels; i += pixels_at_once)
#pragma GCC unroll 4
    for (int slot = 0; slot < pixels_at_once; ++slot) add(i + slot, slot);
  for (; i < pixels; ++i) add(i, 0);
  for (int64_t c = k, j = 0; c < end; c += lanes, ++j) {
    add_to(sum + c, (s[j][0] + s[j][1]) + (s[j][2] + s[j][3]));
    if (raw) add_to(dot + c, (d[j][0] + d[j][1]) + (d[j][2] + d[j][3]));
  }
}

inline void block_sums(const BlockEpilogue& t, const float* dy, const uint8_t* index, const float* raw,
                       const float* center, double* sum, double* dot) {
  const int64_t pixels = t.ph() * t.pw();
  for (int64_t begin = 0; begin < pixels; begin += run_of_pixels)
    for (int64_t k = 0; k < t.channels; k += channels_at_once) {
      const int64_t n = begin + run_of_pixels < pixels ? run_of_pixels : pixels - begin, at = begin * t.width;
      const int64_t end = k + channels_at_once < t.channels ? k + channels_at_once : t.channels;
      by_kept(again_by(t), [&]<Kept again>() {
        sums_of_run<again>(t, dy + begin * t.channels, index ? index + at : nullptr, raw ? raw + at : nullptr, center,
                           n, k, end, sum, dot);
      });
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
