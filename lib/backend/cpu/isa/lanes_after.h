// SPDX-License-Identifier: MIT
// What follows a convolution while its outputs are in registers, bias, relu and pooling, and the way back. A byte a lane
// keeps where the gradient goes.
#pragma once

#include "backend/cpu/isa/lanes_move.h"

namespace nn::cpu::NN_ISA {

typedef uint8_t Bytes __attribute__((vector_size(lanes)));

inline void store_state(uint8_t* p, I state) {
  const Bytes b = __builtin_convertvector(state, Bytes);
  std::memcpy(p, &b, sizeof b);
}
inline I load_state(const uint8_t* p) {
  Bytes b;
  std::memcpy(&b, p, sizeof b);
  return __builtin_convertvector(b, I);
}

/// After for one channel.
class Finish {
 public:
  Finish(const LanesAfter& after, int64_t channel)
      : bias_(after.bias ? all(after.bias[channel]) : V{}), relu_(after.relu), unused_(lane_numbers >= static_cast<int32_t>(after.samples)) {}
  void one(V sum, float* y, uint8_t* state) const { end(sum + bias_, I{}, y, state); }
  /// The largest of a window in row order; the first of equals wins, a NaN wins and stays.
  void window(V a, V b, V c, V d, float* y, uint8_t* state) const {
    V best = a;
    I place{};
    take(b, 1, best, place);
    take(c, 2, best, place);
    take(d, 3, best, place);
    end(best + bias_, place, y, state);
  }

 private:
  static void take(V candidate, int32_t number, V& best, I& place) {
    const I better = (candidate > best) | (candidate != candidate);
    best = better ? candidate : best;
    place = better ? I{} + number : place;
  }
  void end(V value, I place, float* y, uint8_t* state) const {
    const I off = relu_ ? value <= V{} : I{};
    if (relu_) value = off ? V{} : value;
    store(y, value);
    if (state) store_state(state, (off | unused_) ? I{} + no_gradient : place);
  }
  V bias_;
  bool relu_;
  I unused_;
};

/// The share of the gradient that cell `number` of a window gets.
inline V share(V dy, I state, int32_t number) { return state == number ? dy : V{}; }

inline void bias_gradient(const LanesConv& s, const Planes& dy, const LanesAfter& after, float* db) {
  const int64_t side = after.pool ? 2 : 1, rows = s.oh / side, cols = s.ow / side;
  const uint8_t* state = after.state;
  for (int64_t o = 0; o < s.out; ++o) {
    V sum = load(db + o * lanes);
    for (int64_t y = 0; y < rows; ++y)
      for (int64_t x = 0; x < cols; ++x, state += lanes)
        sum += load_state(state) == no_gradient ? V{} : load(dy.at + o * dy.channel + y * dy.row + x * dy.cell);
    store(db + o * lanes, sum);
  }
}

inline void spread(const LanesConv& s, const Planes& dy, const LanesAfter& after, const Planes& g) {
  const int64_t side = after.pool ? 2 : 1, rows = s.oh / side, cols = s.ow / side;
  const uint8_t* state = after.state;
  for (int64_t o = 0; o < s.out; ++o)
    for (int64_t y = 0; y < rows; ++y)
      for (int64_t x = 0; x < cols; ++x, state += lanes) {
        const V d = load(dy.at + o * dy.channel + y * dy.row + x * dy.cell);
        const I at = load_state(state);
        float* to = g.at + o * g.channel + y * side * g.row + x * side * g.cell;
        store(to, share(d, at, 0));
        if (side == 1) continue;
        store(to + g.cell, share(d, at, 1));
        store(to + g.row, share(d, at, 2));
        store(to + g.row + g.cell, share(d, at, 3));
      }
}

}  // namespace nn::cpu::NN_ISA
