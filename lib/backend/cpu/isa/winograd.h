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
