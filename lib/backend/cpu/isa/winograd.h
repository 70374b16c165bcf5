// SPDX-License-Identifier: MIT
// The transforms of tiles: inputs to points, points to outputs, and their transposes.
#pragma once

#include "backend/cpu/isa/winograd_axis.h"

namespace nn::cpu::NN_ISA {

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

/// A transform along the columns, then along the rows of a tile: from(i, j) gives an element, to(i, j, v) takes one.
/// down makes `high` of the `tall` values of a column, across makes `wide` of the `broad` ones of a row.
template <int tall, int broad, int high, int wide, auto down, auto across, class From, class To>
__attribute__((always_inline)) inline void both_axes(const From& from, const To& to) {
  V t[high][broad];
#pragma GCC unroll 6
  for (int j = 0; j < broad; ++j) {
    V in[tall], out[high];
#pragma GCC unroll 6
    for (int i = 0; i < tall; ++i) in[i] = from(i, j);
    down(in, out);
#pragma GCC unroll 6
    for (int i = 0; i < high; ++i) t[i][j] = out[i];
  }
#pragma GCC unroll 6
  for (int i = 0; i < high; ++i) {
    V out[wide];
    across(t[i], out);
#pragma GCC unroll 6
    for (int j = 0; j < wide; ++j) to(i, j, out[j]);
  }
}

struct InputTile {
  const float* x;  // of the tile's first input
  int64_t x_row, width;
  const TilePlaces& place;
  float* points;

  template <int rows, int columns>
  __attribute__((noinline)) void run() const {
    for (int64_t c = 0; c < width; c += lanes)
      both_axes<rows + 2, columns + 2, rows + 2, columns + 2, &Axis<rows>::input, &Axis<columns>::input>(
          [&](int i, int j) { return load(x + i * x_row + j * width + c); },
          [&](int i, int j, V v) { store(points + place(i, j) + c, v); });
  }
};

struct OutputTile {
  const float* points;
  const TilePlaces& place;
  int64_t width, y_row;
  float* y;

  template <int rows, int columns>
  __attribute__((noinline)) void run() const {
    for (int64_t c = 0; c < width; c += lanes)
      both_axes<rows + 2, columns + 2, rows, columns, &Axis<rows>::output, &Axis<columns>::output>(
          [&](int i, int j) { return load(points + place(i, j) + c); },
          [&](int i, int j, V v) { store(y + i * y_row + j * width + c, v); });
  }
};

struct GradientTile {
  const float* y;
  int64_t y_row, width;
  const TilePlaces& place;
  float* points;

  template <int rows, int columns>
  __attribute__((noinline)) void run() const {
    for (int64_t c = 0; c < width; c += lanes)
      both_axes<rows, columns, rows + 2, columns + 2, &Axis<rows>::gradient, &Axis<columns>::gradient>(
          [&](int i, int j) { return load(y + i * y_row + j * width + c); },
          [&](int i, int j, V v) { store(points + place(i, j) + c, v); });
  }
};

struct InputGradientTile {
  const float* points;
  const TilePlaces& place;
  int64_t width, x_row;
  float* x;

  template <int rows, int columns>
  __attribute__((noinline)) void run() const {
    for (int64_t c = 0; c < width; c += lanes)
      both_axes<rows + 2, columns + 2, rows + 2, columns + 2, &Axis<rows>::input_gradient, &Axis<columns>::input_gradient>(
          [&](int i, int j) { return load(points + place(i, j) + c); },
          [&](int i, int j, V v) {
            float* to = x + i * x_row + j * width + c;
            store(to, load(to) + v);
          });
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

inline void winograd_gradient(const Winograd& g, const WinogradBand& band, const float* dc, int64_t sample, int64_t width,
                              float* points) {
  const PointPlaces places(g, sample, width);
  for (const WinogradTile* t = g.tiles + band.first; t != g.tiles + band.first + band.count; ++t) {
    const TilePlaces place(places, *t, width);
    by_size(*t, GradientTile{dc + t->x * width, g.ow * width, width, place, points});
  }
}

inline void winograd_input_gradient(const Winograd& g, const float* points, int64_t sample, int64_t width, float* frame) {
  const PointPlaces places(g, sample, width);
  for (const WinogradTile* t = g.tiles; t != g.tiles + g.tile_count; ++t) {
    const TilePlaces place(places, *t, width);
    by_size(*t, InputGradientTile{points, place, width, g.frame_w * width, frame + (t->y * g.frame_w + t->x) * width});
  }
}

}  // namespace nn::cpu::NN_ISA
