// SPDX-License-Identifier: MIT
// Winograd's F(4x4, 3x3) in float (Lavin, Gray 2015), a vector of channels at a time. The backward pass is the exact
// transpose of the forward: D = A dy A^T serves both dx = B (U^T D) B^T, overlapping tiles added, and dw = G^T (V^T D) G.
//
// Along one axis a tile of n outputs uses the first n + 2 of the points p = 0, 1, -1, infinity, 2, -2. Row p of
//   B^T  is the product of (x - q) over the other finite points q, times the (p - q) of the points that a short tile
//        misses, so that G is the same for every n; for infinity the product over all finite points of the tile;
//   A^T  has p^0, p^1, ...; infinity gives 1 to the last output alone;
//   G    is (1, p, p^2) over the product of (p - q) over all other finite points; (0, 0, 1) for infinity.
#pragma once

#include "backend/cpu/block_kernels.h"
#include "backend/cpu/isa/vec.h"

namespace nn::cpu::NN_ISA {

/// The four transforms of one axis for n outputs: x[n + 2] inputs, p[n + 2] points, y[n] outputs.
template <int n>
struct Axis;

template <>
struct Axis<4> {
  static void input(const V* x, V* p) {  // B^T
    const V even = x[4] - 4.f * x[2], odd = x[3] - 4.f * x[1], far = x[4] - x[2], twice = 2.f * (x[3] - x[1]);
    p[0] = 4.f * x[0] + (x[4] - 5.f * x[2]);
    p[1] = even + odd;
    p[2] = even - odd;
    p[3] = 4.f * x[1] + (x[5] - 5.f * x[3]);
    p[4] = far + twice;
    p[5] = far - twice;
  }
  static void output(const V* p, V* y) {  // A^T
    const V sum1 = p[1] + p[2], off1 = p[1] - p[2], sum2 = p[4] + p[5], off2 = p[4] - p[5];
    y[0] = p[0] + sum1 + sum2;
    y[1] = 2.f * off2 + off1;
    y[2] = 4.f * sum2 + sum1;
    y[3] = 8.f * off2 + (off1 + p[3]);
  }
  static void gradient(const V* y, V* p) {  // A
    const V even = y[0] + y[2], odd = y[1] + y[3], even2 = 4.f * y[2] + y[0], odd2 = 2.f * (4.f * y[3] + y[1]);
    p[0] = y[0];
    p[1] = even + odd;
    p[2] = even - odd;
    p[3] = y[3];
    p[4] = even2 + odd2;
    p[5] = even2 - odd2;
  }
  static void input_gradient(const V* p, V* x) {  // B
    const V sum1 = p[1] + p[2], off1 = p[1] - p[2], sum2 = p[4] + p[5], twice = 2.f * (p[4] - p[5]);
    x[0] = 4.f * p[0];
    x[1] = 4.f * (p[3] - off1) - twice;
    x[2] = -5.f * p[0] - (4.f * sum1 + sum2);
    x[3] = twice + (off1 - 5.f * p[3]);
    x[4] = p[0] + sum1 + sum2;
    x[5] = p[3];
  }
};

template <>
struct Axis<3> {
  static void input(const V* x, V* p) {
    const V twice = 2.f * (x[3] - x[1]);
    p[0] = 4.f * (x[0] - x[2]) + twice;
    p[1] = 3.f * (x[3] - x[2]) - 6.f * x[1];
    p[2] = 2.f * x[1] + (x[3] - 3.f * x[2]);
    p[3] = (x[4] - x[2]) - twice;
    p[4] = 2.f * twice;
  }
  static void output(const V* p, V* y) {
    const V sum = p[1] + p[2], off = p[1] - p[2];
    y[0] = p[0] + sum + p[4];
    y[1] = 2.f * p[4] + off;
    y[2] = 4.f * p[4] + (sum + p[3]);
  }
  static void gradient(const V* y, V* p) {
    const V even = y[0] + y[2];
    p[0] = y[0];
    p[1] = even + y[1];
    p[2] = even - y[1];
    p[3] = y[2];
    p[4] = 4.f * y[2] + (2.f * y[1] + y[0]);
  }
  static void input_gradient(const V* p, V* x) {
    x[0] = 4.f * p[0];
    x[1] = 2.f * (p[2] + p[3] - p[0]) - 6.f * p[1] - 4.f * p[4];
    x[2] = -4.f * p[0] - 3.f * (p[1] + p[2]) - p[3];
    x[3] = 2.f * (p[0] - p[3]) + 3.f * p[1] + p[2] + 4.f * p[4];
    x[4] = p[3];
  }
};

template <>
struct Axis<2> {
  static void input(const V* x, V* p) {
    p[0] = 4.f * (x[0] - x[2]);
    p[1] = -3.f * (x[1] + x[2]);
    p[2] = 3.f * (x[1] - x[2]);
    p[3] = x[3] - x[1];
  }
  static void output(const V* p, V* y) {
    y[0] = p[0] + p[1] + p[2];
    y[1] = p[1] - p[2] + p[3];
  }
  static void gradient(const V* y, V* p) {
    p[0] = y[0];
    p[1] = y[0] + y[1];
    p[2] = y[0] - y[1];
    p[3] = y[1];
  }
  static void input_gradient(const V* p, V* x) {
    x[0] = 4.f * p[0];
    x[1] = 3.f * (p[2] - p[1]) - p[3];
    x[2] = -4.f * p[0] - 3.f * (p[1] + p[2]);
    x[3] = p[3];
  }
};

/// G and G^T.
inline void weight_points(const V* w, V* p) {
  const V ends = w[0] + w[2], far = (1 / 24.f) * w[0] + (1 / 6.f) * w[2], middle = (1 / 12.f) * w[1];
  p[0] = .25f * w[0];
  p[1] = (-1 / 6.f) * (ends + w[1]);
  p[2] = (-1 / 6.f) * (ends - w[1]);
  p[3] = w[2];
  p[4] = far + middle;
  p[5] = far - middle;
}
inline void point_weights(const V* p, V* w) {
  const V sum1 = (1 / 6.f) * (p[1] + p[2]), off1 = (1 / 6.f) * (p[1] - p[2]), sum2 = p[4] + p[5], off2 = p[4] - p[5];
  w[0] = .25f * p[0] - sum1 + (1 / 24.f) * sum2;
  w[1] = (1 / 12.f) * off2 - off1;
  w[2] = (1 / 6.f) * sum2 - sum1 + p[3];
}

/// Where a sample's rows of the points' matrices begin, in floats.
struct PointPlaces {
  PointPlaces(const Winograd& g, int64_t sample, int64_t width) {
    for (int p = 0; p < winograd_points; ++p) at[p] = (g.first[p] + sample * g.rows[p]) * width;
  }
  int64_t at[winograd_points];
};

/// Where the rows of one tile begin.
struct TilePlaces {
  TilePlaces(const PointPlaces& sample, const WinogradTile& tile, int64_t width) {
    for (int p = 0; p < winograd_points; ++p) at[p] = sample.at[p] + tile.rank[p] * width;
  }
  int64_t operator()(int i, int j) const { return at[i * winograd_axis + j]; }
  int64_t at[winograd_points];
};

/// work.run<rows, columns>() of the tile's size.
template <class Work>
inline void by_size(const WinogradTile& t, const Work& work) {
  const auto columns = [&]<int rows>() {
    if (t.columns == 4) work.template run<rows, 4>();
    else if (t.columns == 3) work.template run<rows, 3>();
    else work.template run<rows, 2>();
  };
  if (t.rows == 4) columns.template operator()<4>();
  else if (t.rows == 3) columns.template operator()<3>();
  else columns.template operator()<2>();
}

struct InputTile {
  const float* x;  // of the tile's first input
  int64_t x_row, width;
  const TilePlaces& place;
  float* points;

  template <int rows, int columns>
  __attribute__((noinline)) void run() const {
    for (int64_t c = 0; c < width; c += lanes) {
      V t[rows + 2][columns + 2];
#pragma GCC unroll 6
      for (int j = 0; j < columns + 2; ++j) {
        V in[rows + 2], p[rows + 2];
#pragma GCC unroll 6
        for (int i = 0; i < rows + 2; ++i) in[i] = load(x + i * x_row + j * width + c);
        Axis<rows>::input(in, p);
#pragma GCC unroll 6
        for (int i = 0; i < rows + 2; ++i) t[i][j] = p[i];
      }
#pragma GCC unroll 6
      for (int i = 0; i < rows + 2; ++i) {
        V p[columns + 2];
        Axis<columns>::input(t[i], p);
#pragma GCC unroll 6
        for (int j = 0; j < columns + 2; ++j) store(points + place(i, j) + c, p[j]);
      }
    }
  }
};

struct OutputTile {
  const float* points;
  const TilePlaces& place;
  int64_t width, y_row;
  float* y;

  template <int rows, int columns>
  __attribute__((noinline)) void run() const {
    for (int64_t c = 0; c < width; c += lanes) {
      V t[rows][columns + 2];
#pragma GCC unroll 6
      for (int j = 0; j < columns + 2; ++j) {
        V p[rows + 2], out[rows];
#pragma GCC unroll 6
        for (int i = 0; i < rows + 2; ++i) p[i] = load(points + place(i, j) + c);
        Axis<rows>::output(p, out);
#pragma GCC unroll 6
        for (int i = 0; i < rows; ++i) t[i][j] = out[i];
      }
#pragma GCC unroll 6
      for (int i = 0; i < rows; ++i) {
        V out[columns];
        Axis<columns>::output(t[i], out);
#pragma GCC unroll 6
        for (int j = 0; j < columns; ++j) store(y + i * y_row + j * width + c, out[j]);
      }
    }
  }
};

struct GradientTile {
  const float* y;
  int64_t y_row, width;
  const TilePlaces& place;
  float* points;

  template <int rows, int columns>
  __attribute__((noinline)) void run() const {
    for (int64_t c = 0; c < width; c += lanes) {
      V t[rows + 2][columns];
#pragma GCC unroll 6
      for (int j = 0; j < columns; ++j) {
        V in[rows], p[rows + 2];
#pragma GCC unroll 6
        for (int i = 0; i < rows; ++i) in[i] = load(y + i * y_row + j * width + c);
        Axis<rows>::gradient(in, p);
#pragma GCC unroll 6
        for (int i = 0; i < rows + 2; ++i) t[i][j] = p[i];
      }
#pragma GCC unroll 6
      for (int i = 0; i < rows + 2; ++i) {
        V p[columns + 2];
        Axis<columns>::gradient(t[i], p);
#pragma GCC unroll 6
        for (int j = 0; j < columns + 2; ++j) store(points + place(i, j) + c, p[j]);
      }
    }
  }
};

struct InputGradientTile {
  const float* points;
  const TilePlaces& place;
  int64_t width, x_row;
  float* x;

  template <int rows, int columns>
  __attribute__((noinline)) void run() const {
    for (int64_t c = 0; c < width; c += lanes) {
      V t[rows + 2][columns + 2];
#pragma GCC unroll 6
      for (int j = 0; j < columns + 2; ++j) {
        V p[rows + 2], out[rows + 2];
#pragma GCC unroll 6
        for (int i = 0; i < rows + 2; ++i) p[i] = load(points + place(i, j) + c);
        Axis<rows>::input_gradient(p, out);
#pragma GCC unroll 6
        for (int i = 0; i < rows + 2; ++i) t[i][j] = out[i];
      }
#pragma GCC unroll 6
      for (int i = 0; i < rows + 2; ++i) {
        V out[columns + 2];
        Axis<columns>::input_gradient(t[i], out);
#pragma GCC unroll 6
        for (int j = 0; j < columns + 2; ++j) {
          float* to = x + i * x_row + j * width + c;
          store(to, load(to) + out[j]);
        }
      }
    }
  }
};

inline void winograd_input(const Winograd& g, const float* frame, int64_t sample, int64_t width, float* points) {
  const PointPlaces places(g, sample, width);
  for (const WinogradTile* t = g.tiles; t != g.tiles + g.tile_count; ++t) {
    const TilePlaces place(places, *t, width);
    by_size(*t, InputTile{frame + (t->y * g.frame_w + t->x) * width, g.frame_w * width, width, place, points});
  }
}

inline void winograd_output(const Winograd& g, const float* points, int64_t sample, int64_t width, float* c) {
  const PointPlaces places(g, sample, width);
  for (const WinogradTile* t = g.tiles; t != g.tiles + g.tile_count; ++t) {
    const TilePlaces place(places, *t, width);
    by_size(*t, OutputTile{points, place, width, g.ow * width, c + (t->y * g.ow + t->x) * width});
  }
}

inline void winograd_gradient(const Winograd& g, const float* dc, int64_t sample, int64_t width, float* points) {
  const PointPlaces places(g, sample, width);
  for (const WinogradTile* t = g.tiles; t != g.tiles + g.tile_count; ++t) {
    const TilePlaces place(places, *t, width);
    by_size(*t, GradientTile{dc + (t->y * g.ow + t->x) * width, g.ow * width, width, place, points});
  }
}

inline void winograd_input_gradient(const Winograd& g, const float* points, int64_t sample, int64_t width, float* frame) {
  const PointPlaces places(g, sample, width);
  for (const WinogradTile* t = g.tiles; t != g.tiles + g.tile_count; ++t) {
    const TilePlaces place(places, *t, width);
    by_size(*t, InputGradientTile{points, place, width, g.frame_w * width, frame + (t->y * g.frame_w + t->x) * width});
  }
}

inline void winograd_weights(const float* w, int64_t rows, int64_t width, float* points, int64_t stride) {
  for (int64_t r = 0; r < rows; ++r, w += 9 * width)
    for (int64_t c = 0; c < width; c += lanes) {
      V t[winograd_axis][3];
#pragma GCC unroll 3
      for (int j = 0; j < 3; ++j) {
        const V in[3] = {load(w + j * width + c), load(w + (3 + j) * width + c), load(w + (6 + j) * width + c)};
        V p[winograd_axis];
        weight_points(in, p);
#pragma GCC unroll 6
        for (int i = 0; i < winograd_axis; ++i) t[i][j] = p[i];
      }
#pragma GCC unroll 6
      for (int i = 0; i < winograd_axis; ++i) {
        V p[winograd_axis];
        weight_points(t[i], p);
#pragma GCC unroll 6
        for (int j = 0; j < winograd_axis; ++j) store(points + (i * winograd_axis + j) * stride + r * width + c, p[j]);
      }
    }
}

inline void winograd_weight_gradient(const float* points, int64_t stride, int64_t rows, int64_t width, float* dw) {
  for (int64_t r = 0; r < rows; ++r, dw += 9 * width)
    for (int64_t c = 0; c < width; c += lanes) {
      V t[3][winograd_axis];
#pragma GCC unroll 6
      for (int j = 0; j < winograd_axis; ++j) {
        V p[winograd_axis], out[3];
#pragma GCC unroll 6
        for (int i = 0; i < winograd_axis; ++i) p[i] = load(points + (i * winograd_axis + j) * stride + r * width + c);
        point_weights(p, out);
#pragma GCC unroll 3
        for (int i = 0; i < 3; ++i) t[i][j] = out[i];
      }
#pragma GCC unroll 3
      for (int i = 0; i < 3; ++i) {
        V out[3];
        point_weights(t[i], out);
#pragma GCC unroll 3
        for (int j = 0; j < 3; ++j) store(dw + (i * 3 + j) * width + c, out[j]);
      }
    }
}

inline void sum_columns(const float* parts, int64_t stride, int count, int64_t rows, int64_t width, int64_t column, float* sum) {
  for (int64_t r = 0; r < rows; ++r) {
    const float* p = parts + r * width + column;
    V s = load(p);
    for (int i = 1; i < count; ++i) s += load(p + i * stride);
    store(sum + r * lanes, s);
  }
}

}  // namespace nn::cpu::NN_ISA
