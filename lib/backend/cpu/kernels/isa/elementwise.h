// SPDX-License-Identifier: MIT
// Element-wise loops and sums. A sum keeps four vectors of partial sums in float over at most 4096 elements, then adds
// them up in double: the order depends on n alone.
#pragma once

#include "backend/cpu/kernels/isa/math.h"
#include "backend/cpu/kernels/kernels.h"
#include "backend/formula/maps.h"
#include "backend/formula/updates.h"

namespace nn::cpu::NN_ISA {

/// The constants of a formula in vectors.
template <class Formula>
struct MapConstants {
  explicit MapConstants(const float* constants) {
    for (int i = 0; i < Formula::constants; ++i) c[i] = all(constants[i]);
  }
  V c[formula::max_map_constants];
};

template <template <class, class> class F>
void map_forward(const float* x, float* y, int64_t n, const float* constants) {
  const MapConstants<F<V, VecMath>> with(constants);
  each_vector(
      n, [&](int64_t i) { store(y + i, F<V, VecMath>::f(load(x + i), with.c)); },
      [&](int64_t i, int64_t m) { store_part(y + i, F<V, VecMath>::f(load_part(x + i, m), with.c), m); });
}

template <template <class, class> class F>
void map_backward(const float* x, const float* y, const float* dy, float* dx, int64_t n, const float* constants) {
  const MapConstants<F<V, VecMath>> with(constants);
  each_vector(
      n, [&](int64_t i) { store(dx + i, load(dy + i) * F<V, VecMath>::df(load(x + i), load(y + i), with.c)); },
      [&](int64_t i, int64_t m) {
        store_part(dx + i, load_part(dy + i, m) * F<V, VecMath>::df(load_part(x + i, m), load_part(y + i, m), with.c),
                   m);
      });
}

template <template <class, class> class F>
void update(const UpdateArrays& u, const float* constants, int64_t rows, int64_t n) {
  using Formula = F<V, VecMath>;
  V c[formula::max_constants];
  for (int i = 0; i < Formula::constants; ++i) c[i] = all(constants[i]);
  for (int64_t r = 0; r < rows; ++r) {
    float *w = u.w + r * u.row, *slot[formula::max_slots] = {};
    const float* g = u.g + r * u.g_row;
    for (int k = 0; k < Formula::slots; ++k) slot[k] = u.slots[k] + r * u.row;
    each_vector(
        n,
        [&](int64_t i) {
          V s[formula::max_slots], wv = load(w + i);
          for (int k = 0; k < Formula::slots; ++k) s[k] = load(slot[k] + i);
          Formula::step(wv, load(g + i), s, c);
          for (int k = 0; k < Formula::slots; ++k) store(slot[k] + i, s[k]);
          store(w + i, wv);
        },
        [&](int64_t i, int64_t m) {
          V s[formula::max_slots], wv = load_part(w + i, m);
          for (int k = 0; k < Formula::slots; ++k) s[k] = load_part(slot[k] + i, m);
          Formula::step(wv, load_part(g + i, m), s, c);
          for (int k = 0; k < Formula::slots; ++k) store_part(slot[k] + i, s[k], m);
          store_part(w + i, wv, m);
        });
  }
}

inline void add(const float* a, const float* b, float* y, int64_t n) {
  each_vector(
      n, [&](int64_t i) { store(y + i, load(a + i) + load(b + i)); },
      [&](int64_t i, int64_t m) { store_part(y + i, load_part(a + i, m) + load_part(b + i, m), m); });
}
inline void multiply(const float* a, const float* b, float* y, int64_t n) {
  each_vector(
      n, [&](int64_t i) { store(y + i, load(a + i) * load(b + i)); },
      [&](int64_t i, int64_t m) { store_part(y + i, load_part(a + i, m) * load_part(b + i, m), m); });
}
inline void affine(const float* x, float scale, float shift, float* y, int64_t n) {
  const V a = all(scale), b = all(shift);
  each_vector(
      n, [&](int64_t i) { store(y + i, a * load(x + i) + b); },
      [&](int64_t i, int64_t m) { store_part(y + i, a * load_part(x + i, m) + b, m); });
}
inline void affine2(const float* x, float a, const float* z, float b, float c, float* y, int64_t n) {
  const V av = all(a), bv = all(b), cv = all(c);
  each_vector(
      n, [&](int64_t i) { store(y + i, av * load(x + i) + (bv * load(z + i) + cv)); },
      [&](int64_t i, int64_t m) { store_part(y + i, av * load_part(x + i, m) + (bv * load_part(z + i, m) + cv), m); });
}
inline void scale(float* x, float factor, int64_t n) {
  const V f = all(factor);
  each_vector(
      n, [&](int64_t i) { store(x + i, load(x + i) * f); },
      [&](int64_t i, int64_t m) { store_part(x + i, load_part(x + i, m) * f, m); });
}
inline void clip(float* x, float limit, int64_t n) {
  each_vector(
      n, [&](int64_t i) { store(x + i, VecMath::clamp(load(x + i), -limit, limit)); },
      [&](int64_t i, int64_t m) { store_part(x + i, VecMath::clamp(load_part(x + i, m), -limit, limit), m); });
}

/// Sum of term(i), a vector of terms, and tail(i, m), whose unused lanes are 0.
template <class Term, class Tail>
inline double sum_of(int64_t n, Term term, Tail tail) {
  double total = 0;
  for (int64_t start = 0; start < n; start += 4096) {
    const int64_t end = n - start < 4096 ? n : start + 4096;
    V s[4] = {V{}, V{}, V{}, V{}};
    int64_t i = start;
    for (; i + 4 * lanes <= end; i += 4 * lanes)
      for (int j = 0; j < 4; ++j) s[j] += term(i + j * lanes);
    for (int j = 0; i + lanes <= end; i += lanes, ++j) s[j] += term(i);
    if (i < end) s[3] += tail(i, end - i);
    total += lanes_sum((s[0] + s[1]) + (s[2] + s[3]));
  }
  return total;
}

inline double sum(const float* x, int64_t n) {
  return sum_of(
      n, [&](int64_t i) { return load(x + i); }, [&](int64_t i, int64_t m) { return load_part(x + i, m); });
}
inline V keep_first(V v, int64_t m) {
  V out{};
  std::memcpy(&out, &v, static_cast<size_t>(m) * sizeof(float));
  return out;
}
inline double sum_squares(const float* x, float center, int64_t n) {
  const V c = all(center);
  return sum_of(
      n,
      [&](int64_t i) {
        const V d = load(x + i) - c;
        return d * d;
      },
      [&](int64_t i, int64_t m) {
        const V d = keep_first(load_part(x + i, m) - c, m);
        return d * d;
      });
}
inline double dot(const float* x, float center, const float* y, int64_t n) {
  const V c = all(center);
  return sum_of(
      n, [&](int64_t i) { return (load(x + i) - c) * load(y + i); },
      [&](int64_t i, int64_t m) { return keep_first((load_part(x + i, m) - c) * load_part(y + i, m), m); });
}
/// x where it is not above 0, else 0.
inline V below(V x) { return VecMath::select(x > all(0), all(0), x); }
inline void prelu(const float* x, const float* slopes, bool one, float* y, int64_t n) {
  const V first = all(*slopes);
  const auto times = [](V v, V slope) { return v * VecMath::select(v > all(0), all(1), slope); };
  each_vector(
      n, [&](int64_t i) { store(y + i, times(load(x + i), one ? first : load(slopes + i))); },
      [&](int64_t i, int64_t m) {
        store_part(y + i, times(load_part(x + i, m), one ? first : load_part(slopes + i, m)), m);
      });
}
inline void prelu_backward(const float* x, const float* slopes, bool one, bool flat_at_zero, const float* dy, float* dx,
                           int64_t n) {
  const V first = all(*slopes);
  const auto slope_at = [&](V v, V slope) {
    const V not_above = flat_at_zero ? VecMath::select(v == all(0), all(0), slope) : slope;
    return VecMath::select(v > all(0), all(1), not_above);
  };
  each_vector(
      n, [&](int64_t i) { store(dx + i, load(dy + i) * slope_at(load(x + i), one ? first : load(slopes + i))); },
      [&](int64_t i, int64_t m) {
        const V slope = one ? first : load_part(slopes + i, m);
        store_part(dx + i, load_part(dy + i, m) * slope_at(load_part(x + i, m), slope), m);
      });
}
inline double dot_below(const float* x, const float* y, int64_t n) {
  return sum_of(
      n, [&](int64_t i) { return below(load(x + i)) * load(y + i); },
      [&](int64_t i, int64_t m) { return keep_first(below(load_part(x + i, m)) * load_part(y + i, m), m); });
}
inline void products_below(const float* x, const float* y, int64_t rows, int64_t row, float* sums, int64_t n) {
  each_vector(
      n,
      [&](int64_t i) {
        V s{};
        for (int64_t r = 0; r < rows; ++r) s += below(load(x + r * row + i)) * load(y + r * row + i);
        store(sums + i, s);
      },
      [&](int64_t i, int64_t m) {
        V s{};
        for (int64_t r = 0; r < rows; ++r) s += below(load_part(x + r * row + i, m)) * load_part(y + r * row + i, m);
        store_part(sums + i, s, m);
      });
}
inline void products(const float* x, const float* y, int64_t rows, int64_t row, float* sums, int64_t n) {
  each_vector(
      n,
      [&](int64_t i) {
        V s{};
        for (int64_t r = 0; r < rows; ++r) s += load(x + r * row + i) * load(y + r * row + i);
        store(sums + i, s);
      },
      [&](int64_t i, int64_t m) {
        V s{};
        for (int64_t r = 0; r < rows; ++r) s += load_part(x + r * row + i, m) * load_part(y + r * row + i, m);
        store_part(sums + i, s, m);
      });
}
inline double exponentials(const float* x, float shift, float* y, int64_t n) {
  const V s = all(shift);
  double total = 0;
  each_vector(
      n,
      [&](int64_t i) {
        const V e = VecMath::exp(load(x + i) - s);
        store(y + i, e);
        total += lanes_sum(e);
      },
      [&](int64_t i, int64_t m) {
        const V e = keep_first(VecMath::exp(load_part(x + i, m) - s), m);
        store_part(y + i, e, m);
        total += lanes_sum(e);
      });
  return total;
}
inline void sum_rows(const float* x, int64_t rows, int64_t x_row, float* row, int64_t n) {
  each_vector(
      n,
      [&](int64_t i) {
        V s{};
        for (int64_t r = 0; r < rows; ++r) s += load(x + r * x_row + i);
        store(row + i, s);
      },
      [&](int64_t i, int64_t m) {
        V s{};
        for (int64_t r = 0; r < rows; ++r) s += load_part(x + r * x_row + i, m);
        store_part(row + i, s, m);
      });
}

}  // namespace nn::cpu::NN_ISA
