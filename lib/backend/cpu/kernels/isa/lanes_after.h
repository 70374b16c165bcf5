// SPDX-License-Identifier: MIT
// What follows a convolution while its outputs are in registers, bias, relu and pooling, and the way back. A byte a
// lane keeps where the gradient goes.
#pragma once

#include "backend/cpu/kernels/isa/bytes.h"
#include "backend/cpu/kernels/isa/lanes_move.h"

namespace nn::cpu::NN_ISA {

// A truth a lane, and a byte a lane.
#if defined(__AVX512F__)
using Mask = __mmask16;
using State = __m128i;
inline __m512 bare(V v) { return reinterpret_cast<__m512>(v); }
inline Mask above(V a, V b) { return _mm512_cmp_ps_mask(bare(a), bare(b), _CMP_GT_OQ); }
inline Mask not_above(V a, V b) { return _mm512_cmp_ps_mask(bare(a), bare(b), _CMP_LE_OQ); }
inline Mask unordered(V a, V b) { return _mm512_cmp_ps_mask(bare(a), bare(b), _CMP_UNORD_Q); }
inline Mask lanes_from(int64_t n) { return static_cast<Mask>(n >= lanes ? 0 : 0xffffu << n); }
inline Mask either(Mask a, Mask b) { return static_cast<Mask>(a | b); }
inline bool any_of(Mask a, Mask b) { return !_mm512_kortestz(a, b); }
/// b where m, else a.
inline State chosen(Mask m, State a, State b) { return _mm_mask_mov_epi8(a, m, b); }
inline V chosen(Mask m, V a, V b) { return reinterpret_cast<V>(_mm512_mask_mov_ps(bare(a), m, bare(b))); }
/// (GCC 12 takes the plain intrinsic for one of an uninitialised value.)
inline V larger(V a, V b) { return reinterpret_cast<V>(_mm512_mask_max_ps(bare(a), 0xffff, bare(a), bare(b))); }
inline State every(uint8_t n) { return _mm_set1_epi8(static_cast<char>(n)); }
inline Mask equals(State s, uint8_t n) { return _mm_cmpeq_epi8_mask(s, every(n)); }
inline void store_state(uint8_t* p, State s) { _mm_storeu_si128(reinterpret_cast<__m128i*>(p), s); }
inline State load_state(const uint8_t* p) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); }
/// v where m, else 0.
inline V only(Mask m, V v) { return reinterpret_cast<V>(_mm512_maskz_mov_ps(m, bare(v))); }
#else
using Mask = I;
using State = I;
inline Mask above(V a, V b) { return a > b; }
inline Mask not_above(V a, V b) { return a <= b; }
inline Mask unordered(V a, V b) { return (a != a) | (b != b); }
inline Mask lanes_from(int64_t n) { return lane_numbers >= static_cast<int32_t>(n < lanes ? n : lanes); }
inline Mask either(Mask a, Mask b) { return a | b; }
inline State chosen(Mask m, State a, State b) { return m ? b : a; }
inline V chosen(Mask m, V a, V b) { return m ? b : a; }
inline V larger(V a, V b) { return a > b ? a : b; }
inline State every(uint8_t n) { return I{} + n; }
inline Mask equals(State s, uint8_t n) { return s == n; }
inline V only(Mask m, V v) { return m ? v : V{}; }
#if defined(__AVX2__)
inline bool any_of(Mask a, Mask b) {
  const __m256i m = reinterpret_cast<__m256i>(a | b);
  return !_mm256_testz_si256(m, m);
}
#else
inline bool any_of(Mask a, Mask b) {
  const Mask m = a | b;
  return (m[0] | m[1] | m[2] | m[3]) != 0;
}
#endif
inline void store_state(uint8_t* p, State s) { store_bytes(p, s); }
inline State load_state(const uint8_t* p) { return load_bytes(p); }
#endif

/// Cells of a plane that are stored.
struct Stored {
  Stored(const LanesConv& s, const LanesAfter& after)
      : rows(after.pool ? s.oh / 2 : s.oh), cols(after.pool ? s.ow / 2 : s.ow) {}
  int64_t rows, cols;
  int64_t state(int64_t channel, int64_t row, int64_t col) const {
    return ((channel * rows + row) * cols + col) * lanes;
  }
};

/// After for one channel.
class Finish {
 public:
  Finish(const LanesAfter& after, int64_t channel)
      : bias_(after.bias ? all(after.bias[channel]) : V{}),
        floor_(all(after.relu ? 0.f : -__builtin_inff())),
        off_(all(after.relu ? 0.f : __builtin_nanf(""))),
        unused_(lanes_from(after.samples)) {}
  void one(V sum, float* y, uint8_t* state) const { end(sum + bias_, first_, y, state); }
  /// The largest of a window in row order; the first of equals wins, a NaN wins and stays.
  void window(V a, V b, V c, V d, float* y, uint8_t* state) const {
    if (any_of(unordered(a, b), unordered(c, d))) return window_with_nan(a, b, c, d, y, state);
    const V top = larger(a, b), bottom = larger(c, d);
    const State upper = chosen(above(b, a), first_, second_), lower = chosen(above(d, c), third_, fourth_);
    end(larger(top, bottom) + bias_, chosen(above(bottom, top), upper, lower), y, state);
  }

 private:
  __attribute__((noinline)) void window_with_nan(V a, V b, V c, V d, float* y, uint8_t* state) const {
    const V rest[] = {b, c, d};
    State place = first_;
    for (uint8_t k = 0; k < 3; ++k) {
      const Mask better = either(above(rest[k], a), unordered(rest[k], rest[k]));
      a = chosen(better, a, rest[k]);
      place = chosen(better, place, every(static_cast<uint8_t>(k + 1)));
    }
    end(a + bias_, place, y, state);
  }
  void end(V value, State place, float* y, uint8_t* state) const {
    store(y, larger(floor_, value));  // a NaN stays: the second of the two is taken then
    if (state) store_state(state, chosen(either(unused_, not_above(value, off_)), place, nowhere_));
  }
  V bias_, floor_, off_;
  Mask unused_;
  State first_ = in_register(every(0)), second_ = in_register(every(1)), third_ = in_register(every(2)),
        fourth_ = in_register(every(3)), nowhere_ = in_register(every(no_gradient));
};

/// The share of the gradient that cell `number` of a window gets.
inline V share(V dy, State state, uint8_t number) { return only(equals(state, number), dy); }

inline void bias_gradient(const LanesConv& s, const Planes& dy, const LanesAfter& after, float* db) {
  const Stored stored(s, after);
  const uint8_t* state = after.state;
  for (int64_t o = 0; o < s.out; ++o) {
    V sum = load(db + o * lanes), odd{};  // two sums do not wait for each other
    for (int64_t y = 0; y < stored.rows; ++y) {
      const float* d = dy.at + o * dy.channel + y * dy.row;
      const auto next = [&] {
        const V v = chosen(equals(load_state(state), no_gradient), load(d), V{});
        d += dy.cell, state += lanes;
        return v;
      };
      int64_t x = 0;
      for (; x + 2 <= stored.cols; x += 2) sum += next(), odd += next();
      if (x < stored.cols) sum += next();
    }
    store(db + o * lanes, sum + odd);
  }
}

inline void spread(const LanesConv& s, const Planes& dy, const LanesAfter& after, const Planes& g) {
  const Stored stored(s, after);
  const int64_t side = after.pool ? 2 : 1;
  const uint8_t* state = after.state;
  for (int64_t o = 0; o < s.out; ++o)
    for (int64_t y = 0; y < stored.rows; ++y)
      for (int64_t x = 0; x < stored.cols; ++x, state += lanes) {
        const V d = load(dy.at + o * dy.channel + y * dy.row + x * dy.cell);
        const State at = load_state(state);
        float* to = g.at + o * g.channel + y * side * g.row + x * side * g.cell;
        store(to, share(d, at, 0));
        if (side == 1) continue;
        store(to + g.cell, share(d, at, 1));
        store(to + g.row, share(d, at, 2));
        store(to + g.row + g.cell, share(d, at, 3));
      }
}

}  // namespace nn::cpu::NN_ISA
