// SPDX-License-Identifier: MIT
// x of a dense layer as its products read it: lanes for y{out, n} = w{out, in} x{in, n}, panels of rows for the
// gradient dw{out, in} = dz{out, n} x{n, in}. From lanes, panels are turned once a step. Rows of floats or of bytes are
// turned anew by each worker that asks, a piece that stays in its first cache: cheaper than to fetch what another
// worker wrote. Images are dark for the most part: both products pass over elements that are 0 in all samples of two
// vectors, and over samples that are 0 in a panel, which is seen in their bytes. The bits are the same, as long as
// weights and dz are finite.
#pragma once

#include <algorithm>
#include <vector>

#include "backend/cpu/plan/step.h"

namespace nn::cpu {

/// A table of values, and whether two multiplications give its very bits.
ByteMap map_of(const float* values, const Kernels& kernels);
/// Of each plane, from {planes, 256}.
std::vector<ByteMap> maps_of(const float* values, int64_t planes, const Kernels& kernels);

/// Of a step whose x nobody else needs, so that it may read it where it lies.
inline bool reads_input(const StepData& d) { return d.x_lay[0] == Layout::nchw && !d.dx[0]; }

class DenseInput {
 public:
  /// panels: of lanes, whether panel() will be called.
  DenseInput(const StepData& data, bool panels);

  bool bind_pixels(const Pixels& pixels);
  bool bind_rows(const float* const* rows);

  /// Whether lanes() names, and panel() can name, what is not 0.
  bool passes_zeros() const { return passes_zeros_; }

  /// Elements are multiplied some at a time.
  int pieces() const { return static_cast<int>(ceil_of(in_, piece_)); }
  Range piece(int i) const { return {i * piece_, std::min(in_, (i + 1) * piece_)}; }

  /// Gemm's, none if all are to be read.
  struct Taken {
    const int32_t* names = nullptr;
    int64_t count = 0;
  };
  /// A piece in lanes: the batch is vectors 0 to vectors() of samples side by side, per_tile() of them in a tile.
  struct Lanes {
    const float* b;
    int64_t row, half;  ///< floats from an element to the next, from the first vector to the second
    Taken taken;        ///< fours of elements
  };
  int64_t per_tile() const { return d.extent.width / d.kernels.lanes; }
  int64_t vectors() const { return d.tiles * per_tile(); }
  /// Floats from the start of an array in lanes of that many elements to vector v.
  int64_t place(int64_t v, int64_t elements) const {
    return (v / per_tile() * elements * per_tile() + v % per_tile()) * d.kernels.lanes;
  }
  /// From there to vector v + 1, if count is 2.
  int64_t half(int64_t v, int64_t count, int64_t elements) const {
    return count > 1 ? place(v + 1, elements) - place(v, elements) : 0;
  }
  /// Of vector v and, with count 2, the next. Where they lie, or in lanes_scratch() floats of scratch.
  Lanes lanes(int64_t v, int64_t count, Range elements, float* scratch) const;
  /// Asks memory for part i of n of a piece of the samples in these vectors: rows of a shuffled batch lie anywhere.
  void ask(Range vectors, Range elements, int64_t i, int64_t n) const;
  int64_t lanes_scratch() const {
    return in_lanes() ? 0 : piece_ * d.kernels.panel + (passes_zeros_ ? round_up(piece_ / 4, 16) : 0);
  }

  /// Panel i {tiles, width, panel}, 0 where there is no sample; with `naming`, if passes_zeros(), {batch, panel} and
  /// its samples that are not 0. Where it lies, or in panel_scratch() floats of scratch.
  struct Panel {
    const float* b;
    Taken taken;  ///< samples
  };
  Panel panel(int64_t i, bool naming, float* scratch) const;
  int64_t panels() const { return ceil_of(in_, d.kernels.panel); }
  int64_t panel_scratch() const { return in_lanes() ? 0 : panel_size() + d.batch; }
  /// Of lanes: the panels' rows of a tile's samples, before panel().
  void pack(const Tile& tile);

  size_t bytes() const { return packed_.bytes(); }

 private:
  bool in_lanes() const { return d.x_lay[0] == Layout::batch_innermost; }
  int64_t panel_size() const { return d.tiles * d.extent.width * d.kernels.panel; }
  Range samples(int tile) const { return d.extent.samples(tile); }
  Range samples_of(int64_t v) const;  // a vector's
  /// The same of bytes, to `to`; what is not 0 is named behind, if any need not be read.
  Taken bytes_to_lanes(int64_t v, int64_t count, Range elements, float* to) const;

  const StepData& d;
  int64_t in_, piece_;
  std::vector<const float*> own_rows_;
  const float* const* rows_ = nullptr;
  Pixels pixels_{};
  std::vector<ByteMap> maps_;  // by plane
  bool passes_zeros_ = false;
  Floats packed_;
};

}  // namespace nn::cpu
