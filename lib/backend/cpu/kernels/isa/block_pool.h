// SPDX-License-Identifier: MIT
// Pooling in the pixels layout, one sample at a time.
#pragma once

#include "backend/cpu/kernels/isa/block_tail.h"

namespace nn::cpu::NN_ISA {

/// visit(output's cell, first row, end row, first column, end column, place of the first cell in its window) for every
/// window, without the cells that are not there.
template <class Visit>
inline void each_window(const Window& s, Visit visit) {
  for (int64_t oy = 0; oy < s.oh; ++oy)
    for (int64_t ox = 0; ox < s.ow; ++ox) {
      const int64_t y = oy * s.stride_h - s.pad_top, x = ox * s.stride_w - s.pad_left;
      const int64_t y0 = y > 0 ? y : 0, x0 = x > 0 ? x : 0, y1 = y + s.kernel_h < s.h ? y + s.kernel_h : s.h,
                    x1 = x + s.kernel_w < s.w ? x + s.kernel_w : s.w;
      visit(oy * s.ow + ox, y0, y1, x0, x1, (y0 - y) * s.kernel_w + x0 - x);
    }
}

/// The first of equals wins, a NaN wins and stays.
inline void pixels_max_pool(const Window& s, int64_t channels, int64_t width, const float* x, float* y,
                            uint8_t* index) {
  each_window(s, [&](int64_t cell, int64_t y0, int64_t y1, int64_t x0, int64_t x1, int64_t first) {
    for (int64_t k = 0; k < channels; k += lanes) {
      const int64_t some = channels - k;
      V best = load_some(x + (y0 * s.w + x0) * channels + k, some);
      I place = I{} + static_cast<int32_t>(first);
      for (int64_t i = y0; i < y1; ++i)
        for (int64_t j = x0; j < x1; ++j) {
          const V v = load_some(x + (i * s.w + j) * channels + k, some);
          const I better = (v > best) | (v != v);
          best = better ? v : best;
          place = better ? I{} + static_cast<int32_t>(first + (i - y0) * s.kernel_w + j - x0) : place;
        }
      store_some(y + cell * channels + k, best, some);
      if (index) store_bytes(index + cell * width + k, place);
    }
  });
}

inline void pixels_max_pool_backward(const Window& s, int64_t channels, int64_t width, const float* dy,
                                     const uint8_t* index, float* dx) {
  each_window(s, [&](int64_t cell, int64_t y0, int64_t y1, int64_t x0, int64_t x1, int64_t first) {
    for (int64_t k = 0; k < channels; k += lanes) {
      const int64_t some = channels - k;
      const V g = load_some(dy + cell * channels + k, some);
      const I place = load_bytes(index + cell * width + k);
      for (int64_t i = y0; i < y1; ++i)
        for (int64_t j = x0; j < x1; ++j) {
          float* to = dx + (i * s.w + j) * channels + k;
          const I here = place == static_cast<int32_t>(first + (i - y0) * s.kernel_w + j - x0);
          store_some(to, load_some(to, some) + (here ? g : V{}), some);
        }
    }
  });
}

/// Products are rounded before they are added, as averages of planes in rows are: a layout changes no bits.
inline void pixels_average_pool(const Window& s, int64_t channels, const float* x, const float* shares, float* y) {
  each_window(s, [&](int64_t cell, int64_t y0, int64_t y1, int64_t x0, int64_t x1, int64_t) {
    for (int64_t k = 0; k < channels; k += lanes) {
      V sum{};
      for (int64_t i = y0; i < y1; ++i)
        for (int64_t j = x0; j < x1; ++j)
          sum += in_register(all(shares[cell]) * load_some(x + (i * s.w + j) * channels + k, channels - k));
      store_some(y + cell * channels + k, sum, channels - k);
    }
  });
}

inline void pixels_average_pool_backward(const Window& s, int64_t channels, const float* dy, const float* shares,
                                         float* dx) {
  each_window(s, [&](int64_t cell, int64_t y0, int64_t y1, int64_t x0, int64_t x1, int64_t) {
    for (int64_t k = 0; k < channels; k += lanes) {
      const V g = in_register(load_some(dy + cell * channels + k, channels - k) * all(shares[cell]));
      for (int64_t i = y0; i < y1; ++i)
        for (int64_t j = x0; j < x1; ++j) {
          float* to = dx + (i * s.w + j) * channels + k;
          store_some(to, load_some(to, channels - k) + g, channels - k);
        }
    }
  });
}

}  // namespace nn::cpu::NN_ISA
