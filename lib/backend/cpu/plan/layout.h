// SPDX-License-Identifier: MIT
// How the values of a batch lie in memory. What is outside of a plan lies in rows; inside, a step asks for what its
// kernels read best, and the plan gives neighbours the same layout where both can (places.h).
#pragma once

#include <cstdint>

#include "base/shape.h"
#include "base/system/threads.h"

namespace nn::cpu {

inline int64_t ceil_of(int64_t n, int64_t m) { return (n + m - 1) / m; }
inline int64_t round_up(int64_t n, int64_t m) { return ceil_of(n, m) * m; }

struct Tile {
  int index, count;
  int64_t begin, end;  ///< samples
  float* scratch;      ///< Step::scratch() floats, of this worker
  int worker = 0;      ///< who does it; must not show in what is computed
  int width = 1;       ///< in a joint phase of forward: it stands for so many of count, from index on
  Range whole{0, 0};   ///< of ragged samples: begin and end are rows, those of these samples
  int64_t samples() const { return end - begin; }
  Range part(int64_t n) const { return {n * index / count, n * (index + width) / count}; }  ///< of n, in a joint phase
};

enum class Layout : unsigned {
  nchw = 1,  ///< {sample, C, H, W}
  batch_innermost =
      2,     ///< {tile, C, H, W, width}: the samples of a tile side by side; lanes beyond them hold anything finite
  nhwc = 4,  ///< {sample, H, W, C}
};
using Layouts = unsigned;  ///< a set of them
constexpr Layouts operator|(Layout a, Layout b) { return static_cast<Layouts>(a) | static_cast<Layouts>(b); }
constexpr Layouts operator|(Layouts a, Layout b) { return a | static_cast<Layouts>(b); }
constexpr Layouts only(Layout a) { return static_cast<Layouts>(a); }
constexpr bool has(Layouts set, Layout a) { return (set & static_cast<Layouts>(a)) != 0; }
constexpr Layouts all_layouts = Layout::nchw | Layout::batch_innermost | Layout::nhwc;

/// Where a tile's part of a value lies: floats from the start of the value's array.
struct Slice {
  int64_t begin, size;
};

/// Sizes of the arrays of one plan.
struct Extent {
  int64_t batch;
  int tiles;
  int64_t width;     ///< floats an element has in a tile's lanes: the most samples of a tile, rounded up to a vector
  int64_t unit = 1;  ///< so many samples, of which batch is a multiple, lie in one tile

  /// Those of a tile.
  Range samples(int tile) const {
    const Range units = part_of(batch / unit, tile, tiles);
    return {units.begin * unit, units.end * unit};
  }
  int64_t size(Layout lay, const Shape& sample) const {
    return Shape{sample.count(), lay == Layout::batch_innermost ? Shape{tiles, width}.count() : batch}.count();
  }
  Slice slice(Layout lay, const Shape& sample, const Tile& t) const {
    const int64_t n = sample.count();
    return lay == Layout::batch_innermost ? Slice{t.index * n * width, n * width} : Slice{t.begin * n, t.samples() * n};
  }
};

}  // namespace nn::cpu
