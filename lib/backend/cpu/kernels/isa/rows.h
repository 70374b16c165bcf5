// SPDX-License-Identifier: MIT
// Normalisation and softmax of rows (kernels/rows.h). A sum over a row is kept in four vectors, which are then added:
// its order depends on the length of the row alone.
#pragma once

#include "backend/cpu/kernels/isa/elementwise.h"
#include "backend/cpu/kernels/rows.h"

namespace nn::cpu::NN_ISA {

/// term(i) for whole vectors, tail(i, m) for the last; what combine makes of them all.
template <class Term, class Tail, class Combine>
inline V over_row(int64_t n, V first, Term term, Tail tail, Combine combine) {
  V s[4] = {first, first, first, first};
  int64_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes)
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) s[j] = combine(s[j], term(i + j * lanes));
  for (int j = 0; i + lanes <= n; i += lanes, ++j) s[j] = combine(s[j], term(i));
  if (i < n) s[3] = combine(s[3], tail(i, n - i));
  return combine(combine(s[0], s[1]), combine(s[2], s[3]));
}
inline V added(V a, V b) { return a + b; }
inline V larger(V a, V b) { return VecMath::select(a > b, a, b); }

/// Half onto half until one is left.
template <class Combine>
inline float folded_lanes(V v, Combine combine) {
  alignas(64) float x[lanes];
  store(x, v);
  for (int half = lanes / 2; half > 0; half /= 2)
    for (int i = 0; i < half; ++i) x[i] = combine(x[i], x[i + half]);
  return x[0];
}
inline float sum_of_lanes(V v) {
  return folded_lanes(v, [](float a, float b) { return a + b; });
}

inline float reciprocal_root(double x) { return static_cast<float>(1 / __builtin_sqrt(x)); }

inline void norm_rows(const float* x, int64_t rows, int64_t n, double epsilon, const float* weight, const float* bias,
                      float* y, float* mean, float* scale) {
  const auto count = static_cast<float>(n);
  for (int64_t r = 0; r < rows; ++r, x += n, y += n) {
    const V sums = over_row(
        n, V{}, [&](int64_t i) { return load(x + i); }, [&](int64_t i, int64_t m) { return load_part(x + i, m); },
        added);
    mean[r] = sum_of_lanes(sums) / count;
    const V center = all(mean[r]);
    const auto square = [](V v) { return v * v; };
    const V squares = over_row(
        n, V{}, [&](int64_t i) { return square(load(x + i) - center); },
        [&](int64_t i, int64_t m) { return square(keep_first(load_part(x + i, m) - center, m)); }, added);
    scale[r] = reciprocal_root(static_cast<double>(sum_of_lanes(squares)) / static_cast<double>(n) + epsilon);
    const V factor = all(scale[r]);
    each_vector(
        n, [&](int64_t i) { store(y + i, (load(x + i) - center) * factor * load(weight + i) + load(bias + i)); },
        [&](int64_t i, int64_t m) {
          const V normalised = (load_part(x + i, m) - center) * factor;
          store_part(y + i, normalised * load_part(weight + i, m) + load_part(bias + i, m), m);
        });
  }
}

inline void norm_rows_backward(const float* x, const float* dy, int64_t rows, int64_t n, const float* weight,
                               const float* mean, const float* scale, float* dx) {
  for (int64_t r = 0; r < rows; ++r, x += n, dy += n, dx += n) {
    const V center = all(mean[r]), factor = all(scale[r]);
    const V sums = over_row(
        n, V{}, [&](int64_t i) { return load(dy + i) * load(weight + i); },
        [&](int64_t i, int64_t m) { return load_part(dy + i, m) * load_part(weight + i, m); }, added);
    const V dots = over_row(
        n, V{}, [&](int64_t i) { return load(dy + i) * load(weight + i) * ((load(x + i) - center) * factor); },
        [&](int64_t i, int64_t m) {
          return load_part(dy + i, m) * load_part(weight + i, m) * ((load_part(x + i, m) - center) * factor);
        },
        added);
    const float count = static_cast<float>(n);
    const V shift = all(sum_of_lanes(sums) / count), slope = all(sum_of_lanes(dots) / count);
    const auto gradient = [&](V xv, V dyv, V w) { return factor * (dyv * w - shift - (xv - center) * factor * slope); };
    each_vector(
        n, [&](int64_t i) { store(dx + i, gradient(load(x + i), load(dy + i), load(weight + i))); },
        [&](int64_t i, int64_t m) {
          store_part(dx + i, gradient(load_part(x + i, m), load_part(dy + i, m), load_part(weight + i, m)), m);
        });
  }
}

inline void norm_sums(const float* x, const float* dy, int64_t rows, int64_t row, const float* mean, const float* scale,
                      float* dot, float* sum, int64_t n) {
  const auto over_rows = [&](auto loaded, auto stored) {
    V dots{}, sums{};
    for (int64_t r = 0; r < rows; ++r) {
      const V g = loaded(dy + r * row);
      dots += g * ((loaded(x + r * row) - all(mean[r])) * all(scale[r]));
      sums += g;
    }
    stored(dots, sums);
  };
  each_vector(
      n,
      [&](int64_t i) {
        over_rows([&](const float* p) { return load(p + i); },
                  [&](V dots, V sums) { store(dot + i, dots), store(sum + i, sums); });
      },
      [&](int64_t i, int64_t m) {
        over_rows([&](const float* p) { return load_part(p + i, m); },
                  [&](V dots, V sums) { store_part(dot + i, dots, m), store_part(sum + i, sums, m); });
      });
}

inline void softmax_rows(float* x, int64_t rows, int64_t n, int64_t row, float factor, const float* bias) {
  constexpr float lowest = -3.40282347e38f;
  const V f = all(factor);
  for (int64_t r = 0; r < rows; ++r, x += row) {
    const float* b = bias ? bias - r : nullptr;
    const auto score = [&](V v, V with) { return bias ? v * f + with : v * f; };
    const V most = over_row(
        n, all(lowest),
        [&](int64_t i) {
          const V s = score(load(x + i), b ? load(b + i) : V{});
          store(x + i, s);
          return s;
        },
        [&](int64_t i, int64_t m) {
          const V s = score(load_part(x + i, m), b ? load_part(b + i, m) : V{});
          store_part(x + i, s, m);
          return VecMath::select(lane_numbers < static_cast<int32_t>(m), s, all(lowest));
        },
        larger);
    const V largest = all(folded_lanes(most, [](float a, float c) { return a > c ? a : c; }));
    const V sums = over_row(
        n, V{},
        [&](int64_t i) {
          const V e = VecMath::exp(load(x + i) - largest);
          store(x + i, e);
          return e;
        },
        [&](int64_t i, int64_t m) {
          const V e = keep_first(VecMath::exp(load_part(x + i, m) - largest), m);
          store_part(x + i, e, m);
          return e;
        },
        added);
    scale(x, 1 / sum_of_lanes(sums), n);
  }
}

inline void softmax_rows_backward(const float* y, float* d, int64_t rows, int64_t n, int64_t row) {
  for (int64_t r = 0; r < rows; ++r, y += row, d += row) {
    const V dots = over_row(
        n, V{}, [&](int64_t i) { return load(y + i) * load(d + i); },
        [&](int64_t i, int64_t m) { return load_part(y + i, m) * load_part(d + i, m); }, added);
    const V dot = all(sum_of_lanes(dots));
    each_vector(
        n, [&](int64_t i) { store(d + i, load(y + i) * (load(d + i) - dot)); },
        [&](int64_t i, int64_t m) { store_part(d + i, load_part(y + i, m) * (load_part(d + i, m) - dot), m); });
  }
}

}  // namespace nn::cpu::NN_ISA
