// SPDX-License-Identifier: MIT
// Pooling by itself, a sample a lane. Max keeps the place in the window of each maximum, in row order.
#pragma once

#include "backend/cpu/kernels/isa/lanes_after.h"

namespace nn::cpu::NN_ISA {

/// For every window begin and end with its cell of y, between them work with each cell of x that lies in the plane and
/// its place in the window.
template <class Begin, class Work, class End>
inline void each_window(const Window& s, Begin begin, Work work, End end) {
  for (int64_t y = 0; y < s.oh; ++y)
    for (int64_t x = 0; x < s.ow; ++x) {
      const int64_t top = y * s.stride_h - s.pad_top, left = x * s.stride_w - s.pad_left;
      begin(y, x);
      for (int64_t r = top < 0 ? -top : 0; r < s.kernel_h && top + r < s.h; ++r)
        for (int64_t c = left < 0 ? -left : 0; c < s.kernel_w && left + c < s.w; ++c)
          work(top + r, left + c, r * s.kernel_w + c);
      end(y, x);
    }
}

inline void lanes_max_pool(const Window& s, int64_t channels, const Planes& x, const Planes& y, uint8_t* state) {
  for (int64_t o = 0; o < channels; ++o) {
    const float* from = x.at + o * x.channel;
    float* to = y.at + o * y.channel;
    V best{};
    State place = every(0);
    bool first = true;
    each_window(
        s, [&](int64_t, int64_t) { first = true; },
        [&](int64_t r, int64_t c, int64_t number) {
          const V v = load(from + r * x.row + c * x.cell);
          const Mask better = either(above(v, best), unordered(v, v));
          const State here = every(static_cast<uint8_t>(number));
          best = first ? v : chosen(better, best, v);
          place = first ? here : chosen(better, place, here);
          first = false;
        },
        [&](int64_t r, int64_t c) {
          store(to + r * y.row + c * y.cell, best);
          if (state) store_state(state, place), state += lanes;
        });
  }
}

inline void clear_planes(const Window& s, int64_t channels, const Planes& p) {
  for (int64_t o = 0; o < channels; ++o)
    for (int64_t y = 0; y < s.h; ++y)
      for (int64_t x = 0; x < s.w; ++x) store(p.at + o * p.channel + y * p.row + x * p.cell, V{});
}

inline void lanes_max_pool_backward(const Window& s, int64_t channels, const Planes& dy, const uint8_t* state,
                                    const Planes& dx) {
  clear_planes(s, channels, dx);
  for (int64_t o = 0; o < channels; ++o) {
    float* to = dx.at + o * dx.channel;
    V d{};
    State place = every(0);
    each_window(
        s,
        [&](int64_t r, int64_t c) {
          d = load(dy.at + o * dy.channel + r * dy.row + c * dy.cell);
          place = load_state(state);
          state += lanes;
        },
        [&](int64_t r, int64_t c, int64_t number) {
          float* p = to + r * dx.row + c * dx.cell;
          store(p, load(p) + only(equals(place, static_cast<uint8_t>(number)), d));
        },
        [](int64_t, int64_t) {});
  }
}

inline void lanes_average_pool(const Window& s, int64_t channels, const Planes& x, const float* shares,
                               const Planes& y) {
  for (int64_t o = 0; o < channels; ++o) {
    V sum{};
    each_window(
        s, [&](int64_t, int64_t) { sum = V{}; },
        [&](int64_t r, int64_t c, int64_t) { sum += load(x.at + o * x.channel + r * x.row + c * x.cell); },
        [&](int64_t r, int64_t c) {
          store(y.at + o * y.channel + r * y.row + c * y.cell, sum * all(shares[r * s.ow + c]));
        });
  }
}

inline void lanes_average_pool_backward(const Window& s, int64_t channels, const Planes& dy, const float* shares,
                                        const Planes& dx) {
  clear_planes(s, channels, dx);
  for (int64_t o = 0; o < channels; ++o) {
    V d{};
    each_window(
        s,
        [&](int64_t r, int64_t c) {
          d = load(dy.at + o * dy.channel + r * dy.row + c * dy.cell) * all(shares[r * s.ow + c]);
        },
        [&](int64_t r, int64_t c, int64_t) {
          float* p = dx.at + o * dx.channel + r * dx.row + c * dx.cell;
          store(p, load(p) + d);
        },
        [](int64_t, int64_t) {});
  }
}

}  // namespace nn::cpu::NN_ISA
