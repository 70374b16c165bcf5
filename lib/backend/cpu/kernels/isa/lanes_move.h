// SPDX-License-Identifier: MIT
// Rows to lanes and back, copies of planes, sums over lanes.
#pragma once

#include "backend/cpu/kernels/isa/bytes.h"
#include "backend/cpu/kernels/isa/square.h"
#include "backend/cpu/kernels/lanes.h"

namespace nn::cpu::NN_ISA {

inline void to_lanes(const float* rows, int64_t samples, int64_t count, float* to, int64_t width) {
  for (int64_t s = 0; s < samples; s += lanes) {
    const int64_t used = samples - s < lanes ? samples - s : lanes;
    for (int64_t i = 0; i < count; i += lanes) {
      const int64_t n = count - i < lanes ? count - i : lanes;
      V square[lanes];
      load_square(rows + s * count + i, count, used, n, square);
      transpose_square(square);
      store_square(square, to + i * width + s, width, n, lanes);
    }
  }
}

inline void to_rows(const float* from, int64_t width, int64_t samples, int64_t count, float* rows) {
  for (int64_t s = 0; s < samples; s += lanes) {
    const int64_t used = samples - s < lanes ? samples - s : lanes;
    for (int64_t i = 0; i < count; i += lanes) {
      const int64_t n = count - i < lanes ? count - i : lanes;
      V square[lanes];
      load_square(from + i * width + s, width, n, lanes, square);
      transpose_square(square);
      store_square(square, rows + s * count + i, count, used, n);
    }
  }
}

typedef uint8_t Bytes __attribute__((vector_size(16)));

/// Turns a square of bytes, as transpose_square does.
inline void transpose_bytes(Bytes (&square)[16]) {
  const Bytes first{0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23};
  for (int n = 1; n < 16; n *= 2) {
    Bytes t[16];
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) {
      t[2 * i] = __builtin_shuffle(square[i], square[i + 8], first);
      t[2 * i + 1] = __builtin_shuffle(square[i], square[i + 8], first + 8);
    }
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i) square[i] = t[i];
  }
}

/// Rows of a shuffled batch lie anywhere: memory is asked for all of them first.
inline void bytes_to_lanes(const uint8_t* const* rows, int64_t samples, int64_t count, uint8_t* to, int64_t width) {
  for (int64_t s = 0; s < samples; ++s)
    for (int64_t i = 0; i < count; i += 64) __builtin_prefetch(rows[s] + i);
  for (int64_t s = 0; s < width; s += 16) {
    const int64_t used = samples - s < 16 ? samples - s : 16, wide = width - s < 16 ? width - s : 16;
    for (int64_t i = 0; i < count; i += 16) {
      const size_t n = static_cast<size_t>(count - i < 16 ? count - i : 16);
      Bytes square[16];
      for (int64_t k = 0; k < 16; ++k) {
        square[k] = Bytes{};
        if (k < used)
          n == 16 ? std::memcpy(&square[k], rows[s + k] + i, 16) : std::memcpy(&square[k], rows[s + k] + i, n);
      }
      transpose_bytes(square);
      for (size_t k = 0; k < n; ++k) {
        uint8_t* p = to + (i + static_cast<int64_t>(k)) * width + s;
        wide == 16 ? std::memcpy(p, &square[k], 16) : std::memcpy(p, &square[k], static_cast<size_t>(wide));
      }
    }
  }
}

inline void pixel_values(int64_t h, int64_t w, const uint8_t* bytes, int64_t cell, const PixelValue& value,
                         const Planes& to) {
  const V high = all(value.high), low = all(value.low), shift = all(value.shift);
  for (int64_t y = 0; y < h; ++y) {
    float* p = to.at + y * to.row;
    for (int64_t x = 0; x < w; ++x, bytes += cell) {
      const V b = __builtin_convertvector(load_bytes(bytes), V);
      store(p + x * to.cell, b * high + (b * low + shift));
    }
  }
}

inline void copy_planes(int64_t channels, int64_t h, int64_t w, const Planes& from, const Planes& to) {
  for (int64_t c = 0; c < channels; ++c)
    for (int64_t y = 0; y < h; ++y) {
      const float* p = from.at + c * from.channel + y * from.row;
      float* q = to.at + c * to.channel + y * to.row;
      for (int64_t x = 0; x < w; ++x) store(q + x * to.cell, load(p + x * from.cell));
    }
}

/// Lanes with bit `distance` of b, the others of a. (GCC makes some of these shuffles, which one port alone does.)
inline V blend_halves(V a, V b, int distance) {
#if defined(__AVX512F__)
  const int bits = distance == 1 ? 0xaaaa : distance == 2 ? 0xcccc : distance == 4 ? 0xf0f0 : 0xff00;
  return reinterpret_cast<V>(
      _mm512_mask_blend_ps(static_cast<__mmask16>(bits), reinterpret_cast<__m512>(a), reinterpret_cast<__m512>(b)));
#else
  return (lane_numbers & distance) != 0 ? b : a;
#endif
}

/// Lanes without bit `distance`: pairs of a summed; the others: pairs of b.
inline V fold(V a, V b, int distance) {
  const I high = (lane_numbers & distance) != 0;
  const I there = high ? lane_numbers + lanes - distance : lane_numbers + distance;
  return blend_halves(a, b, distance) + __builtin_shuffle(a, b, there);
}

template <int n>
inline void fold_halves(V (&v)[lanes]) {
#pragma GCC unroll 8
  for (int i = 0; i < n; ++i) v[i] = fold(v[i], v[i + n], n);
  if constexpr (n > 1) fold_halves<n / 2>(v);
}

/// Lane i of the result: the sum of the lanes of v[i].
inline V sum_square(V (&v)[lanes]) {
  fold_halves<lanes / 2>(v);
  return v[0];
}

inline void sum_lanes(const float* vectors, int64_t n, float* out) {
  for (int64_t i = 0; i < n; i += lanes) {
    const int64_t m = n - i < lanes ? n - i : lanes;
    V v[lanes];
    for (int64_t k = 0; k < lanes; ++k) v[k] = k < m ? load(vectors + (i + k) * lanes) : V{};
    const V s = sum_square(v);
    if (m == lanes)
      store(out + i, s);
    else
      store_part(out + i, s, m);
  }
}

}  // namespace nn::cpu::NN_ISA
