// SPDX-License-Identifier: MIT
// The gradients of toom_conv.h: its exact transpose. Pooling is undone while a square of gradients is loaded.
#pragma once

#include "backend/cpu/kernels/isa/toom_conv.h"

namespace nn::cpu::NN_ISA::toom {

/// What a row of A takes from a window, {point, upper or lower window, left or right column, state}: its factor where
/// that state is in that column, else 0.
struct WindowFactors {
  alignas(64) float of[points][2][2][lanes] = {};
  constexpr WindowFactors() {
    for (int i = 0; i < points; ++i)
      for (int y = 0; y < 2; ++y)
        for (int x = 0; x < 2; ++x)
          for (int row = 0; row < 2; ++row) of[i][y][x][2 * row + x] = output_rows[i][2 * y + row];
  }
};
static constexpr WindowFactors window_factors;

/// A along y of the gradients of 4x4 outputs of channel o, one row of points at a time. Nothing of it is kept: what one
/// row takes from what is stored is in the first-level cache, all rows of many squares would not be.
class GradientRows {
 public:
  GradientRows(const LanesConv& s, const Planes& dy, const LanesAfter& after, int64_t o, int64_t top, int64_t left)
      : pool_(after.pool) {
    const Stored stored(s, after);
    const int64_t row = pool_ ? top / 2 : top, col = pool_ ? left / 2 : left;
    at_ = dy.at + o * dy.channel + row * dy.row + col * dy.cell;
    row_ = dy.row, cell_ = dy.cell;
    state_ = after.state + stored.state(o, row, col);
    state_row_ = stored.cols * lanes;
    rows_ = stored.rows - row, cols_ = stored.cols - col;
  }
  /// Row i: four columns.
  void row(int i, V (&out)[outputs]) const {
    if (pool_) return rows_ > 1 && cols_ > 1 ? of_windows<true>(i, out) : of_windows<false>(i, out);
#pragma GCC unroll 4
    for (int x = 0; x < outputs; ++x) {
      V g[outputs];
#pragma GCC unroll 4
      for (int y = 0; y < outputs; ++y) {
        g[y] = V{};
        if (y < rows_ && x < cols_)
          g[y] = share(load(at_ + y * row_ + x * cell_), load_state(state_ + y * state_row_ + x * lanes), 0);
      }
      const float* c = output_rows[i];
      out[x] = (c[3] * g[3] + c[2] * g[2]) + (c[1] * g[1] + c[0] * g[0]);
    }
  }

 private:
  /// The gradient of a window goes to one of its cells: its factor is looked up by the state.
  template <bool all>
  void of_windows(int i, V (&out)[outputs]) const {
#pragma GCC unroll 2
    for (int x = 0; x < 2; ++x) {
      V left{}, right{};
#pragma GCC unroll 2
      for (int y = 0; y < 2; ++y) {
        if (!all && (y >= rows_ || x >= cols_)) continue;
        const I state = load_bytes(state_ + y * state_row_ + x * lanes);
        V d = load(at_ + y * row_ + x * cell_);
        if constexpr (lanes <= no_gradient) d = state == no_gradient ? V{} : d;
        left = d * __builtin_shuffle(load(window_factors.of[i][y][0]), state) + left;
        right = d * __builtin_shuffle(load(window_factors.of[i][y][1]), state) + right;
      }
      out[2 * x] = left;
      out[2 * x + 1] = right;
    }
  }
  bool pool_;
  const float* at_;
  const uint8_t* state_;
  int64_t row_, cell_, state_row_, rows_, cols_;
};

/// A along x of one row of points: eight of them, `apart` floats from each other.
inline void gradient_points(const GradientRows& g, int i, float* out, int64_t apart) {
  V a[outputs], b[points];
  g.row(i, a);
  output_gradient(a, b);
#pragma GCC unroll 8
  for (int j = 0; j < points; ++j) store(out + j * apart, b[j]);
}

constexpr int weight_channels = 4;  // outputs
constexpr int weight_inputs = lanes == 16 ? 6 : 3;

/// Products of one point summed over the items and over the lanes, for all outputs of a block and some inputs.
template <int inputs>
void sum_over_items(const float* x, int64_t x_item, const float* g, int64_t g_item, int64_t items, float* out,
                    int64_t out_row) {
  V sum[inputs][weight_channels];
#pragma GCC unroll 6
  for (int i = 0; i < inputs; ++i)
#pragma GCC unroll 4
    for (int o = 0; o < weight_channels; ++o) sum[i][o] = V{};
  for (int64_t k = 0; k < items; ++k, x += x_item, g += g_item) {
    V xv[inputs];
#pragma GCC unroll 6
    for (int i = 0; i < inputs; ++i) xv[i] = load(x + i * lanes);
#pragma GCC unroll 4
    for (int o = 0; o < weight_channels; ++o) {
      const V gv = load(g + o * lanes);
#pragma GCC unroll 6
      for (int i = 0; i < inputs; ++i) sum[i][o] = xv[i] * gv + sum[i][o];
    }
  }
  constexpr int sums = inputs * weight_channels;
  alignas(64) float flat[(sums + lanes - 1) / lanes * lanes];
#pragma GCC unroll 8
  for (int first = 0; first < sums; first += lanes) {
    V square[lanes];
#pragma GCC unroll 16
    for (int k = 0; k < lanes; ++k)
      square[k] = first + k < sums ? sum[(first + k) / weight_channels % inputs][(first + k) % weight_channels] : V{};
    store(flat + first, sum_square(square));
  }
  for (int i = 0; i < inputs; ++i)
    std::memcpy(out + i * out_row, flat + i * weight_channels, weight_channels * sizeof(float));
}

using SumOverItems = void (*)(const float*, int64_t, const float*, int64_t, int64_t, float*, int64_t);

template <int inputs>
inline SumOverItems sum_over_items_of(int64_t n) {
  if constexpr (inputs > 1)
    if (n < inputs) return sum_over_items_of<inputs - 1>(n);
  return &sum_over_items<inputs>;
}

/// A row of points at a time: that of all items stays in the first-level cache.
inline void weights(const ToomConv& t, const float* items, const Planes& dy, const LanesAfter& after, float* gradient,
                    float* scratch) {
  const Stored stored(t.s, after);
  const int64_t in = t.s.in, row = t.out_padded(), vectors = (after.samples + lanes - 1) / lanes,
                count = vectors * t.squares();
  constexpr int64_t full_item = (points * weight_channels + 1) * lanes;
  float* full = scratch;                // {item, point, output}
  float* m = full + count * full_item;  // {point, in, out_padded}
  for (int i = 0; i < points; ++i)
    for (int64_t first = 0; first < t.s.out; first += weight_channels) {
      float* to_item = full;
      for (int64_t v = 0; v < vectors; ++v) {
        LanesAfter of_vector = after;
        of_vector.state += v * stored.state(t.s.out, 0, 0);
        const Planes d{dy.at + v * lanes, dy.channel, dy.row, dy.cell};
        for (int64_t down = 0; down < t.squares_h(); ++down)
          for (int64_t right = 0; right < t.squares_w(); ++right, to_item += full_item)
            for (int64_t o = 0; o < weight_channels && first + o < t.s.out; ++o)
              gradient_points(GradientRows(t.s, d, of_vector, first + o, down * outputs, right * outputs), i,
                              to_item + o * lanes, weight_channels * lanes);
      }
      for (int j = 0; j < points; ++j) {
        const float* x = items + (i * points + j) * in * lanes;
        const float* g = full + j * weight_channels * lanes;
        float* to = m + (i * points + j) * in * row + first;
        for (int64_t c = 0; c < in; c += weight_inputs)
          sum_over_items_of<weight_inputs>(in - c)(x + c * lanes, t.item(), g, full_item, count, to + c * row, row);
      }
    }
  points_to_kernel(m, in * row, gradient);
}

/// A row of points of some inputs: products summed over the outputs, then B along x. g: {point, out}, the points a line
/// apart.
template <int channels>
void row_of_gradients(const float* g, const float* w, int64_t in, int64_t out, int64_t w_row, float* to) {
  V m[channels][points];
  for (int j = 0; j < points; ++j, g += (out + 1) * lanes, w += in * w_row) {
    V sum[channels];
#pragma GCC unroll 6
    for (int i = 0; i < channels; ++i) sum[i] = V{};
    for (int64_t o = 0; o < out; ++o) {
      const V gv = load(g + o * lanes);
#pragma GCC unroll 6
      for (int i = 0; i < channels; ++i) sum[i] = all(w[i * w_row + o]) * gv + sum[i];
    }
#pragma GCC unroll 6
    for (int i = 0; i < channels; ++i) m[i][j] = sum[i];
  }
  for (int i = 0; i < channels; ++i, to += points * points * lanes) {
    V x[points];
    input_gradient(m[i], x);
#pragma GCC unroll 8
    for (int j = 0; j < points; ++j) store(to + j * lanes, x[j]);
  }
}

using GradientRow = void (*)(const float*, const float*, int64_t, int64_t, int64_t, float*);

template <int channels>
inline GradientRow gradient_row_of(int64_t n) {
  if constexpr (channels > 1)
    if (n < channels) return gradient_row_of<channels - 1>(n);
  return &row_of_gradients<channels>;
}

/// B along y of one square. Squares overlap: the first four rows and columns add to what those above and on the left
/// left.
inline void add_square(const float* half, const Planes& dx, float* to, bool below, bool right) {
  for (int x = 0; x < points; ++x) {
    V a[points], b[points];
#pragma GCC unroll 8
    for (int i = 0; i < points; ++i) a[i] = load(half + (i * points + x) * lanes);
    input_gradient(a, b);
#pragma GCC unroll 8
    for (int i = 0; i < points; ++i) {
      float* p = to + i * dx.row + x * dx.cell;
      const bool again = (below && i < points - outputs) || (right && x < points - outputs);
      store(p, again ? load(p) + b[i] : b[i]);
    }
  }
}

/// One square; two at once would leave the first-level cache.
inline void square_inputs_gradient(const ToomConv& t, const Planes& dy, const LanesAfter& after, const float* packed,
                                   const Planes& dx, int64_t down, int64_t right, float* scratch) {
  const int64_t in = t.s.in, out = t.s.out, row = t.out_padded(), blocks = (in + inputs_at_once - 1) / inputs_at_once;
  float* full = scratch;                            // {point, out}
  float* done = full + points * (out + 1) * lanes;  // {in, points, points}
  for (int i = 0; i < points; ++i) {
    for (int64_t o = 0; o < out; ++o)
      gradient_points(GradientRows(t.s, dy, after, o, down * outputs, right * outputs), i, full + o * lanes,
                      (out + 1) * lanes);
    for (int64_t b = 0; b < blocks; ++b) {
      const int64_t c = in * b / blocks, next = in * (b + 1) / blocks;
      gradient_row_of<inputs_at_once>(next - c)(full, packed + (i * points * in + c) * row, in, out, row,
                                                done + (c * points + i) * points * lanes);
    }
  }
  for (int64_t c = 0; c < in; ++c)
    add_square(done + c * points * points * lanes, dx,
               dx.at + c * dx.channel + outputs * (down * dx.row + right * dx.cell), down > 0, right > 0);
}

inline void inputs_gradient(const ToomConv& t, const Planes& dy, const LanesAfter& after, const float* packed,
                            const Planes& dx, float* scratch) {
  for (int64_t down = 0; down < t.squares_h(); ++down)
    for (int64_t right = 0; right < t.squares_w(); ++right)
      square_inputs_gradient(t, dy, after, packed, dx, down, right, scratch);
}

}  // namespace nn::cpu::NN_ISA::toom
