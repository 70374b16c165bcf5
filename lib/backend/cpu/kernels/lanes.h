// SPDX-License-Identifier: MIT
// Kernels for values whose samples lie side by side (Layout::batch_innermost): a vector holds one element of as many
// samples, so that a convolution of a single channel fills it as well as one of many. Each function works on one vector
// of samples. A table of them for each instruction set, made from isa/lanes_*.h and isa/toom_*.h.
#pragma once

#include "backend/cpu/kernels/kernels.h"

namespace nn::cpu {

/// Planes with a vector in each cell; the floats between neighbours.
struct Planes {
  float* at;
  int64_t channel, row, cell;
};

/// What a byte stands for: high byte + (low byte + shift), each sum rounded. low makes up for the rounding of high, so
/// that most recipes' values come out to the last bit.
struct PixelValue {
  float high, low, shift;
};

/// A convolution whose input lies there with its padding. Weights as in graph.h: {out, in, kernel_h, kernel_w}.
struct LanesConv {
  int64_t in, out, kernel_h, kernel_w, stride_h, stride_w, oh, ow;
  int64_t first_row, end_row;  ///< of the input; those before and from there on are 0
  int64_t taps() const { return in * kernel_h * kernel_w; }
};

/// What is done to the outputs before they are stored. With `pool` two by two of them give one.
struct LanesAfter {
  const float* bias = nullptr;  ///< {out}
  bool relu = false, pool = false;
  uint8_t* state =
      nullptr;          ///< {out, stored cells, lanes}: where the gradient of a stored cell goes; null: not asked for
  int64_t samples = 0;  ///< lanes in use; the others pass no gradient
};
/// States: 0 to 3 for the cell of a window in row order (0 without a window), or
constexpr uint8_t no_gradient = 4;

/// Toom-Cook F(4x4,5x5) of a LanesConv with a 5x5 kernel and stride 1: sizes of its arrays in floats. The input must
/// lie in planes of frame_h x frame_w. An item is a square of 4x4 outputs of one vector of samples.
struct ToomConv {
  static constexpr int64_t points = 64, taps = 25;
  LanesConv s;
  int64_t lanes;
  int64_t squares_h() const { return (s.oh + 3) / 4; }
  int64_t squares_w() const { return (s.ow + 3) / 4; }
  int64_t squares() const { return squares_h() * squares_w(); }
  int64_t frame_h() const { return 4 * squares_h() + 4; }
  int64_t frame_w() const { return 4 * squares_w() + 4; }
  int64_t out_padded() const { return (s.out + 15) / 16 * 16; }
  int64_t weights() const { return points * s.in * out_padded(); }  ///< transformed: {point, in, out_padded}
  int64_t gradient() const { return taps * s.in * out_padded(); }   ///< of weights: {tap, in, out_padded}
  int64_t item() const { return (points * s.in + 1) * lanes; }  ///< transformed input; a line apart, 4 KB strides alias
  int64_t inputs(int64_t vectors) const { return vectors * squares() * item(); }
  int64_t weights_scratch(int64_t vectors) const;
  int64_t inputs_scratch() const;
};

/// Toom-Cook F(4,5) along x of a LanesConv whose kernel is 5 wide and whose stride_w is 1. A quad is four outputs of a
/// row. The input must lie in rows of frame_w.
struct ToomRows {
  static constexpr int64_t points = 8, most_rows = 32;
  LanesConv s;
  int64_t lanes;
  int64_t quads() const { return (s.ow + 3) / 4; }
  int64_t frame_w() const { return 4 * quads() + 4; }
  int64_t weights() const { return points * s.in * s.kernel_h * s.out; }  ///< transformed: {point, in, kernel row, out}
  int64_t row() const { return s.in * quads() * points * lanes; }         ///< of the transformed input
  int64_t kept_rows() const { return s.stride_h + s.kernel_h; }  ///< what two rows of outputs read; most_rows at most
  int64_t transformed() const { return kept_rows() * row(); }
};

struct LanesKernels {
  int64_t lanes;
  /// {samples, count} rows to {count, width} and back. Unused lanes of the last vector become 0.
  void (*to_lanes)(const float* rows, int64_t samples, int64_t count, float* to, int64_t width);
  void (*to_rows)(const float* from, int64_t width, int64_t samples, int64_t count, float* rows);
  /// {samples, count} rows of bytes, each anywhere, to {count, width}, 0 in unused lanes.
  void (*bytes_to_lanes)(const uint8_t* const* rows, int64_t samples, int64_t count, uint8_t* to, int64_t width);
  /// Bytes of a plane {h, w}, `cell` between neighbours, as values.
  void (*pixel_values)(int64_t h, int64_t w, const uint8_t* bytes, int64_t cell, const PixelValue&, const Planes& to);
  /// Planes of {h, w} cells.
  void (*copy_planes)(int64_t channels, int64_t h, int64_t w, const Planes& from, const Planes& to);
  /// out[i] = sum of the lanes of vector i.
  void (*sum_lanes)(const float* vectors, int64_t n, float* out);

  /// `packed` holds weights as {taps, out}.
  void (*direct_forward)(const LanesConv&, const Planes& x, const float* packed, const Planes& y, const LanesAfter&);
  /// Gradient of the outputs from that of the stored cells. g is 0 already where no stored cell comes from.
  void (*spread)(const LanesConv&, const Planes& dy, const LanesAfter&, const Planes& g);
  /// sums{out, taps} vectors += x g.
  void (*direct_weights)(const LanesConv&, const Planes& x, const Planes& g, float* sums);
  /// The same from what is stored behind a pooling, for strides of 1; null where it does not pay.
  void (*window_weights)(const LanesConv&, const Planes& x, const Planes& dy, const LanesAfter&, float* sums);
  /// db{out} vectors += the gradients that pass.
  void (*bias_gradient)(const LanesConv&, const Planes& dy, const LanesAfter&, float* db);

  /// The weights, {out, in, 5, 5}, transformed. scratch: gradient() floats.
  void (*toom_pack)(const ToomConv&, const float* weights, float* packed, float* scratch);
  /// The input of one vector, transformed.
  void (*toom_inputs)(const ToomConv&, const Planes& x, float* items);
  void (*toom_forward)(const ToomConv&, const float* items, const float* packed, const Planes& y, const LanesAfter&);
  /// Sum over all vectors of a tile of samples: dy.at and after for the first of them.
  void (*toom_weights)(const ToomConv&, const float* items, const Planes& dy, const LanesAfter&, float* gradient,
                       float* scratch);
  /// Of one vector; dx{in, frame_h, frame_w} is set.
  void (*toom_inputs_gradient)(const ToomConv&, const Planes& dy, const LanesAfter&, const float* packed,
                               const Planes& dx, float* scratch);

  /// Pooling by itself. state: the place in the window of each maximum, {channel, cell, lanes}, or null; shares: the
  /// factor of each output cell.
  void (*max_pool)(const Window&, int64_t channels, const Planes& x, const Planes& y, uint8_t* state);
  void (*max_pool_backward)(const Window&, int64_t channels, const Planes& dy, const uint8_t* state, const Planes& dx);
  void (*average_pool)(const Window&, int64_t channels, const Planes& x, const float* shares, const Planes& y);
  void (*average_pool_backward)(const Window&, int64_t channels, const Planes& dy, const float* shares,
                                const Planes& dx);

  /// For one vector; scratch: transformed() floats.
  void (*rows_pack)(const ToomRows&, const float* weights, float* packed);
  void (*rows_forward)(const ToomRows&, const Planes& x, const float* packed, const Planes& y, const LanesAfter&,
                       float* scratch);
};

/// A line between arrays of 4 KB, whose addresses would alias.
inline int64_t ToomConv::weights_scratch(int64_t vectors) const {
  return vectors * squares() * (8 * 4 + 1) * lanes + points * s.in * out_padded();
}
inline int64_t ToomConv::inputs_scratch() const { return (8 * (s.out + 1) + 64 * s.in) * lanes; }

}  // namespace nn::cpu
