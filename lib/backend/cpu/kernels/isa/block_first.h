// SPDX-License-Identifier: MIT
// Kernels of a first block (conv_block_first.cpp): few input planes, many output channels, and 2x2 max pooling. A
// pooled cell sees 4x4 input cells; the convolution of its four cells stays in registers.
#pragma once

#include "backend/cpu/kernels/isa/block_tail.h"
#include "backend/cpu/kernels/isa/square.h"

namespace nn::cpu::NN_ISA {

/// The sum of the lanes, in float.
inline float total(V v) {
#pragma GCC unroll 4
  for (int n = lanes / 2; n > 0; n /= 2) v += __builtin_shuffle(v, lane_numbers ^ n);
  return v[0];
}

/// Sums of x_i for three taps from i on and of x_i x_j for `others` taps from j on. Beyond the last cell of a row x_i
/// is made 0: all stays in registers over the rows.
template <int others>
struct TapProducts {
  V sum[3], product[3][others];

  TapProducts(const FirstBlock& s, const float* frame, int64_t i, int64_t j) : sum{}, product{} {
    V total[3]{}, sums[3][others]{};
    alignas(64) float inside[2 * lanes] = {};
    for (int64_t k = 0; k < lanes + s.ow % lanes; ++k) inside[k] = 1;
    for (int64_t y = 0; y < s.oh; ++y)
      for (int64_t x = 0; x < s.ow; x += lanes) {
        const float* at = frame + y * s.x_row + x;
        const V in = load(inside + (x + lanes <= s.ow ? 0 : lanes));
        V a[3];
#pragma GCC unroll 3
        for (int k = 0; k < 3; ++k) a[k] = in * load(at + s.offset[i + k]), total[k] += a[k];
#pragma GCC unroll 6
        for (int l = 0; l < others; ++l) {
          const V b = in_register(load(at + s.offset[j + l]));
#pragma GCC unroll 3
          for (int k = 0; k < 3; ++k) sums[k][l] = a[k] * b + sums[k][l];
        }
      }
    for (int k = 0; k < 3; ++k) {
      sum[k] = total[k];
      for (int l = 0; l < others; ++l) product[k][l] = sums[k][l];
    }
  }
};

template <int others>
inline void moments_of_taps(const FirstBlock& s, const float* frame, int64_t i, int64_t j, double* sums,
                            double* products) {
  const TapProducts<others> t(s, frame, i, j);
  for (int a = 0; a < 3; ++a) {
    if (i == j) sums[i + a] += static_cast<double>(total(t.sum[a]));
    for (int b = 0; b < others; ++b) products[(i + a) * s.taps + j + b] += static_cast<double>(total(t.product[a][b]));
  }
}

inline void first_moments(const FirstBlock& s, const float* frame, double* sums, double* products) {
  for (int64_t i = 0; i < s.taps; i += 3)
    for (int64_t j = i; j < s.taps;) {
      const bool six = lanes == 16 && j + 6 <= s.taps;
      six ? moments_of_taps<6>(s, frame, i, j, sums, products) : moments_of_taps<3>(s, frame, i, j, sums, products);
      j += six ? 6 : 3;
    }
}

template <bool relu, int vectors>
void first_cells(const FirstBlock& s, const float* frame, const float* w, const float* shift, float* y,
                 uint8_t* index) {
  for (int64_t py = 0; py < s.oh / 2; ++py)
    for (int64_t px = 0; px < s.ow / 2; ++px) {
      const float* corner = frame + 2 * (py * s.x_row + px);
      V sum[4][vectors];
#pragma GCC unroll 4
      for (int j = 0; j < 4; ++j)
#pragma GCC unroll 2
        for (int v = 0; v < vectors; ++v) sum[j][v] = load(shift + v * lanes);
      for (int64_t t = 0; t < s.taps; ++t) {
        const float* x = corner + s.offset[t];
        V b[vectors];
#pragma GCC unroll 2
        for (int v = 0; v < vectors; ++v) b[v] = load(w + t * s.width + v * lanes);
#pragma GCC unroll 4
        for (int j = 0; j < 4; ++j) {
          const V a = in_register(all(x[j / 2 * s.x_row + j % 2]));
#pragma GCC unroll 2
          for (int v = 0; v < vectors; ++v) sum[j][v] = a * b[v] + sum[j][v];
        }
      }
      const int64_t cell = py * (s.ow / 2) + px;
#pragma GCC unroll 2
      for (int v = 0; v < vectors; ++v) {
        V best = sum[0][v];
        I place{};
#pragma GCC unroll 4
        for (int j = 1; j < 4; ++j) {
          const I better = (sum[j][v] > best) | (sum[j][v] != sum[j][v]);
          best = better ? sum[j][v] : best;
          place = better ? I{} + j : place;
        }
        if (relu) {
          const I off = best <= 0.f;
          best = off ? V{} : best;
          place = off ? I{} + index_off : place;
        }
        store_some(y + cell * s.channels + v * lanes, best, s.left - v * lanes);
        if (index) store_bytes(index + cell * s.width + v * lanes, place);
      }
    }
}

inline void first_forward(const FirstBlock& block, const float* frame, const float* w, const float* shift, float* y,
                          uint8_t* index) {
  FirstBlock s = block;
  for (int64_t k = 0; k < s.width; k += 2 * lanes) {
    s.left = s.channels - k;
    const bool two = s.width - k > lanes;
    const auto run = two ? (s.relu ? &first_cells<true, 2> : &first_cells<false, 2>)
                         : (s.relu ? &first_cells<true, 1> : &first_cells<false, 1>);
    run(s, frame, w + k, shift + k, y + k, index ? index + k : nullptr);
  }
}

#if defined(__AVX2__)
/// Four values of a row, then four of the next.
inline V two_rows(const float* row, int64_t next) {
  const __m256 rows = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(row)), _mm_loadu_ps(row + next), 1);
#if defined(__AVX512F__)
  return reinterpret_cast<V>(_mm512_castps256_ps512(rows));
#else
  return reinterpret_cast<V>(rows);
#endif
}
#endif

/// One input plane, one vector of channels: the nine taps of q. Of the four gradients of a window one is not 0: it is
/// multiplied by the input under its cell, which is looked up in two rows, lane by lane.
template <bool full>
void first_plane_gradient(const FirstBlock& s, const float* plane, const float* dy, const uint8_t* index, int64_t some,
                          double* q, double* sum) {
  V taps[9]{}, total{};
  for (int64_t py = 0; py < s.oh / 2; ++py)
    for (int64_t px = 0; px < s.ow / 2; ++px, dy += s.channels, index += s.width) {
      const float* corner = plane + 2 * (py * s.x_row + px);
      const V g = full ? load(dy) : load_part(dy, some);
      const I place = load_bytes(index);
      const V chosen = place == index_off ? V{} : g;
      total += chosen;
#if defined(__AVX2__)
      const I cell = place + (place & 2);
#pragma GCC unroll 3
      for (int i = 0; i < 3; ++i) {
        const V rows = two_rows(corner + i * s.x_row, s.x_row);
#pragma GCC unroll 3
        for (int k = 0; k < 3; ++k) taps[i * 3 + k] = chosen * __builtin_shuffle(rows, cell + k) + taps[i * 3 + k];
      }
#else
      V d[4];
#pragma GCC unroll 4
      for (int j = 0; j < 4; ++j) d[j] = place == j ? g : V{};
#pragma GCC unroll 4
      for (int a = 0; a < 4; ++a)
#pragma GCC unroll 4
        for (int b = 0; b < 4; ++b) {
          const V x = all(corner[a * s.x_row + b]);
#pragma GCC unroll 4
          for (int j = 0; j < 4; ++j) {
            const int i = a - j / 2, k = b - j % 2;
            if (i >= 0 && i < 3 && k >= 0 && k < 3) taps[i * 3 + k] = d[j] * x + taps[i * 3 + k];
          }
        }
#endif
    }
#pragma GCC unroll 9
  for (int t = 0; t < 9; ++t) add_to(q + t * s.width, taps[t]);
  if (sum) add_to(sum, total);
}

inline void first_gradient(const FirstBlock& s, const float* frame, const float* dy, const uint8_t* index, double* q,
                           double* sum) {
  for (int64_t k = 0; k < s.width; k += lanes)
    for (int64_t t = 0; t < s.taps; t += 9) {
      const auto run = s.channels - k >= lanes ? &first_plane_gradient<true> : &first_plane_gradient<false>;
      run(s, frame + s.offset[t], dy + k, index + k, s.channels - k, q + t * s.width + k, t == 0 ? sum + k : nullptr);
    }
}

}  // namespace nn::cpu::NN_ISA
