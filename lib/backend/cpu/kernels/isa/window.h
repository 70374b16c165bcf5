// SPDX-License-Identifier: MIT
// Windows over planes: columns of a convolution, and max pooling.
#pragma once

#include <cstring>

#include "backend/cpu/kernels/isa/vec.h"
#include "backend/cpu/kernels/kernels.h"

namespace nn::cpu::NN_ISA {

/// Output cells [first, last) of a row whose input cell begin + x * stride lies within 0..w-1.
inline void inside(int64_t begin, int64_t stride, int64_t w, int64_t ow, int64_t& first, int64_t& last) {
  first = begin >= 0 ? 0 : (-begin + stride - 1) / stride;
  if (first > ow) first = ow;
  last = begin >= w ? first : (w - 1 - begin) / stride + 1;
  if (last > ow) last = ow;
  if (last < first) last = first;
}

inline void im2col(const Window& s, const float* plane, float* col, int64_t col_row) {
  for (int64_t ky = 0; ky < s.kernel_h; ++ky)
    for (int64_t kx = 0; kx < s.kernel_w; ++kx, col += col_row) {
      const int64_t left = kx * s.dilation_w - s.pad_left;
      int64_t first, last;
      inside(left, s.stride_w, s.w, s.ow, first, last);
      for (int64_t y = 0; y < s.oh; ++y) {
        float* to = col + y * s.ow;
        const int64_t iy = y * s.stride_h + ky * s.dilation_h - s.pad_top;
        if (iy < 0 || iy >= s.h) {
          for (int64_t x = 0; x < s.ow; ++x) to[x] = 0;
          continue;
        }
        const float* from = plane + iy * s.w + left;
        for (int64_t x = 0; x < first; ++x) to[x] = 0;
        if (s.stride_w == 1)
          each_vector(
              last - first, [&](int64_t i) { store(to + first + i, load(from + first + i)); },
              [&](int64_t i, int64_t m) { store_part(to + first + i, load_part(from + first + i, m), m); });
        else
          for (int64_t x = first; x < last; ++x) to[x] = from[x * s.stride_w];
        for (int64_t x = last; x < s.ow; ++x) to[x] = 0;
      }
      for (int64_t x = s.oh * s.ow; x < col_row; ++x) col[x] = 0;
    }
}

inline void col2im(const Window& s, const float* col, int64_t col_row, float* plane) {
  for (int64_t ky = 0; ky < s.kernel_h; ++ky)
    for (int64_t kx = 0; kx < s.kernel_w; ++kx, col += col_row) {
      const int64_t left = kx * s.dilation_w - s.pad_left;
      int64_t first, last;
      inside(left, s.stride_w, s.w, s.ow, first, last);
      for (int64_t y = 0; y < s.oh; ++y) {
        const int64_t iy = y * s.stride_h + ky * s.dilation_h - s.pad_top;
        if (iy < 0 || iy >= s.h) continue;
        const float* from = col + y * s.ow;
        float* to = plane + iy * s.w + left;
        if (s.stride_w == 1)
          each_vector(
              last - first, [&](int64_t i) { store(to + first + i, load(to + first + i) + load(from + first + i)); },
              [&](int64_t i, int64_t m) {
                store_part(to + first + i, load_part(to + first + i, m) + load_part(from + first + i, m), m);
              });
        else
          for (int64_t x = first; x < last; ++x) to[x * s.stride_w] += from[x];
      }
    }
}

/// A NaN wins and stays, as in torch.
inline bool wins(float candidate, float best) { return candidate > best || candidate != candidate; }

/// Two by two cells, stride 2, nothing padded: a vector of outputs from two pairs of vectors.
inline void max_pool_2x2(const Window& s, const float* plane, float* y, int32_t* index) {
  const I even_lanes = 2 * lane_numbers;
  for (int64_t oy = 0; oy < s.oh; ++oy, y += s.ow, index += index ? s.ow : 0)
    for (int64_t ox = 0; ox < s.ow; ox += lanes) {
      const int64_t n = s.ow - ox < lanes ? s.ow - ox : lanes;
      const int64_t low = 2 * n < lanes ? 2 * n : lanes, high = 2 * n - low;
      const int64_t corner = 2 * oy * s.w + 2 * ox;
      V best{};
      I place{};
      for (int32_t row = 0; row < 2; ++row) {
        const float* p = plane + corner + row * s.w;
        const V a = low == lanes ? load(p) : load_part(p, low);
        const V b = high == lanes ? load(p + lanes) : high > 0 ? load_part(p + lanes, high) : V{};
        const V even = __builtin_shuffle(a, b, even_lanes), odd = __builtin_shuffle(a, b, even_lanes + 1);
        const I start = even_lanes + static_cast<int32_t>(corner + row * s.w);
        const I first = row == 0 ? ~I{} : (even > best) | (even != even);
        best = first ? even : best;
        place = first ? start : place;
        const I second = (odd > best) | (odd != odd);
        best = second ? odd : best;
        place = second ? start + 1 : place;
      }
      if (n == lanes)
        store(y + ox, best);
      else
        store_part(y + ox, best, n);
      if (index) std::memcpy(index + ox, &place, static_cast<size_t>(n) * sizeof(int32_t));
    }
}

inline void max_pool(const Window& s, const float* plane, float* y, int32_t* index) {
  if (s.kernel_h == 2 && s.kernel_w == 2 && s.stride_h == 2 && s.stride_w == 2 && s.pad_top == 0 && s.pad_left == 0 &&
      2 * s.oh <= s.h && 2 * s.ow <= s.w)
    return max_pool_2x2(s, plane, y, index);
  for (int64_t oy = 0; oy < s.oh; ++oy)
    for (int64_t ox = 0; ox < s.ow; ++ox) {
      int64_t y0 = oy * s.stride_h - s.pad_top, x0 = ox * s.stride_w - s.pad_left;
      const int64_t y1 = y0 + s.kernel_h < s.h ? y0 + s.kernel_h : s.h,
                    x1 = x0 + s.kernel_w < s.w ? x0 + s.kernel_w : s.w;
      if (y0 < 0) y0 = 0;
      if (x0 < 0) x0 = 0;
      int64_t best = y0 * s.w + x0;
      float most = plane[best];
      for (int64_t iy = y0; iy < y1; ++iy)
        for (int64_t ix = x0; ix < x1; ++ix) {
          const float v = plane[iy * s.w + ix];
          const bool better = wins(v, most);
          most = better ? v : most;
          best = better ? iy * s.w + ix : best;
        }
      *y++ = most;
      if (index) *index++ = static_cast<int32_t>(best);
    }
}

inline void max_pool_backward(const float* dy, const int32_t* index, int64_t outputs, float* dx, int64_t inputs) {
  std::memset(dx, 0, static_cast<size_t>(inputs) * sizeof(float));
  for (int64_t i = 0; i < outputs; ++i) dx[index[i]] += dy[i];
}

}  // namespace nn::cpu::NN_ISA
