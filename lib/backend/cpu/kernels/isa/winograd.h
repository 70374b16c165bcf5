// SPDX-License-Identifier: MIT
// The transforms of tiles: inputs to points, points to outputs, and their transposes.
#pragma once

#include "backend/cpu/kernels/isa/winograd_axis.h"

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
    if (t.columns == 4)
      work.template run<rows, 4>();
    else if (t.columns == 3)
      work.template run<rows, 3>();
    else
      work.template run<rows, 2>();
  };
  if (t.rows == 4)
    columns.template operator()<4>();
  else if (t.rows == 3)
    columns.template operator()<3>();
  else
    columns.template operator()<2>();
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

/// Where the inputs of a tile begin, of which one row and one column on each side may be border.
struct TileInputs {
  TileInputs(const Winograd& g, const WinogradTile& t, int64_t width)
      : above(t.y > 0),
        before(t.x > 0),
        first_row(t.y < g.top ? 1 : 0),
        first_column(t.x < g.left ? 1 : 0),
        rows(t.rows + 2 - (t.y - g.top + t.rows + 1 >= g.h ? 1 : 0)),
        columns(t.columns + 2 - (t.x - g.left + t.columns + 1 >= g.w ? 1 : 0)),
        row(g.w * width),
        begin((t.y - g.top) * row + (t.x - g.left) * width) {}
  bool above, before;                          ///< tiles before it wrote its first two rows, its first two columns
  int first_row, first_column, rows, columns;  ///< those inside
  int64_t row, begin;                          ///< floats between rows; of the first input
  bool outside(int i) const { return i < first_row || i >= rows; }
};

struct InputTile {
  const float* x;  // of the sample
  const TileInputs& in;
  const float* zeros;
  int64_t width;
  const TilePlaces& place;
  float* points;

  template <int rows, int columns>
  __attribute__((noinline)) void run() const {
    const float *middle[rows + 2], *left[rows + 2], *right[rows + 2];
    for (int i = 0; i < rows + 2; ++i) {
      middle[i] = in.outside(i) ? zeros : x + in.begin + i * in.row;
      left[i] = in.first_column > 0 ? zeros : middle[i];
      right[i] = in.columns < columns + 2 ? zeros : middle[i] + (columns + 1) * width;
    }
    for (int64_t c = 0; c < width; c += lanes)
      both_axes<rows + 2, columns + 2, rows + 2, columns + 2, &Axis<rows>::input, &Axis<columns>::input>(
          [&](int i, int j) {
            return load((j == 0 ? left[i] : j == columns + 1 ? right[i] : middle[i] + j * width) + c);
          },
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
  int64_t width;
  const TileInputs& in;
  const float* zeros;
  float* x;       // of the sample
  float* unused;  // takes what belongs to the border

  template <int rows, int columns>
  __attribute__((noinline)) void run() const {
    constexpr int last = columns + 1;
    float *middle[rows + 2], *left[rows + 2], *right[rows + 2];
    const float *over[rows + 2], *over_left[rows + 2], *over_second[rows + 2],
        *over_right[rows + 2];  // what is added to
    for (int i = 0; i < rows + 2; ++i) {
      const bool outside = in.outside(i), again = i < 2 && in.above;
      middle[i] = outside ? unused : x + in.begin + i * in.row;
      left[i] = in.first_column > 0 ? unused : middle[i];
      right[i] = in.columns <= last ? unused : middle[i] + last * width;
      over[i] = again && !outside ? middle[i] : zeros;
      over_left[i] = (again || in.before) && !outside && in.first_column == 0 ? left[i] : zeros;
      over_second[i] = (again || in.before) && !outside ? middle[i] + width : zeros;
      over_right[i] = again && !outside && in.columns > last ? right[i] : zeros;
    }
    for (int64_t c = 0; c < width; c += lanes)
      both_axes<rows + 2, columns + 2, rows + 2, columns + 2, &Axis<rows>::input_gradient,
                &Axis<columns>::input_gradient>(
          [&](int i, int j) { return load(points + place(i, j) + c); },
          [&](int i, int j, V v) {
            float* to = (j == 0 ? left[i] : j == last ? right[i] : middle[i] + j * width) + c;
            if (j < 2)
              v += load((j == 0 ? over_left[i] : over_second[i]) + c);
            else if (i < 2)
              v += load((j == last ? over_right[i] : over[i] + j * width) + c);
            store(to, v);
          });
  }
};

inline void winograd_input(const Winograd& g, const float* x, int64_t sample, int64_t width, float* points) {
  const PointPlaces places(g, sample, width);
  for (const WinogradTile* t = g.tiles; t != g.tiles + g.tile_count; ++t) {
    const TilePlaces place(places, *t, width);
    const TileInputs in(g, *t, width);
    by_size(*t, InputTile{x, in, g.zeros, width, place, points});
  }
}

inline void winograd_output(const Winograd& g, const float* points, int64_t sample, int64_t width, float* c) {
  const PointPlaces places(g, sample, width);
  for (const WinogradTile* t = g.tiles; t != g.tiles + g.tile_count; ++t) {
    const TilePlaces place(places, *t, width);
    by_size(*t, OutputTile{points, place, width, g.ow * width, c + (t->y * g.ow + t->x) * width});
  }
}

inline void winograd_gradient(const Winograd& g, const WinogradBand& band, const float* dc, int64_t sample,
                              int64_t width, float* points) {
  const PointPlaces places(g, sample, width);
  for (const WinogradTile* t = g.tiles + band.first; t != g.tiles + band.first + band.count; ++t) {
    const TilePlaces place(places, *t, width);
    by_size(*t, GradientTile{dc + t->x * width, g.ow * width, width, place, points});
  }
}

inline void winograd_input_gradient(const Winograd& g, const float* points, int64_t sample, int64_t width, float* dx,
                                    float* unused) {
  const PointPlaces places(g, sample, width);
  for (const WinogradTile* t = g.tiles; t != g.tiles + g.tile_count; ++t) {
    const TilePlaces place(places, *t, width);
    const TileInputs in(g, *t, width);
    by_size(*t, InputGradientTile{points, place, width, in, g.zeros, dx, unused});
  }
}

}  // namespace nn::cpu::NN_ISA
