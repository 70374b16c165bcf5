// SPDX-License-Identifier: MIT
// Convolution of few channels with the samples of a tile side by side (lanes.h), joined with the relu and the 2x2 max
// pooling behind it: outputs go from registers through both, so that the values between are never stored. Backward
// keeps a byte for each stored value: which cell of its window has the gradient, if any.
//
// Here is what all methods share: inputs and outputs in lanes whatever their layout, inputs in a frame of zeros where
// the convolution pads, sums over the tiles. A method computes: conv_lanes_direct.cpp, conv_lanes_rows.cpp,
// conv_lanes_toom.cpp.
#pragma once

#include "backend/cpu/kernels/lanes.h"
#include "backend/cpu/plan/pattern.h"

namespace nn::cpu {

/// Parts of one array, handed out one after the other.
class Parts {
 public:
  int64_t take(int64_t n) {
    const int64_t at = size_;
    size_ += round_up(n, 16);
    return at;
  }
  int64_t size() const { return size_; }

 private:
  int64_t size_ = 0;
};

class ConvLanesStep : public Step {
 public:
  /// Bytes are kept as bytes: a quarter of what values would take from the caches, forward and backward.
  bool bind_pixels(const Pixels& pixels) final;
  void forward(int, const Tile& tile) final;
  void backward(int, const Tile& tile) final;
  void finish(const Tile& tile, const Updater& updater) final;
  int64_t scratch() const final { return parts_.size(); }
  size_t bytes() const override {
    return x_.bytes() + pixels_of_x_.bytes() + packed_.bytes() + state_.bytes() + partial_.bytes();
  }

 protected:
  /// What a method keeps for each tile, in floats.
  struct Sizes {
    int64_t frame_h,
        frame_w;       ///< planes that the input must lie in; more than the input with its padding: zeros behind
    int64_t packed;    ///< weights
    int64_t gradient;  ///< of weights
  };
  explicit ConvLanesStep(StepData data);
  /// To be called by the method's constructor.
  void set_up(const Sizes& sizes);

  virtual void pack(const Tile& tile, const float* weights, float* packed) = 0;
  /// x: with its frame. v: first sample of the vector.
  virtual void forward_vector(const Tile& tile, int64_t v, const Planes& x, const float* packed, const Planes& y,
                              const LanesAfter& after) = 0;
  /// Gradients of a tile's weights and inputs. dy: of the first vector; dx: likewise, its `at` null where none is
  /// wanted.
  virtual void go_back(const Tile& tile, const Planes& dy, const Planes& dx, const float* packed, float* gradient) = 0;
  /// Elements begin to end of the weights' gradient from the tiles' sums.
  virtual void collect(int64_t begin, int64_t end, float* gradient) const = 0;

  const float* gradient_of(int tile) const { return partial_.get() + tile * partial_stride_; }
  /// The input of the vector at sample v of the tile, with its frame.
  Planes framed_x(const Tile& tile, int64_t v) const;
  LanesAfter after(const Tile& tile, int64_t v) const;
  int64_t vectors() const { return width_ / k_.lanes; }
  static Planes dense(float* at, int64_t h, int64_t w, int64_t cell) { return {at, h * w * cell, w * cell, cell}; }
  static Planes at_vector(const Planes& p, int64_t v) { return {p.at + v, p.channel, p.row, p.cell}; }

  const Conv op_;
  const LanesKernels& k_;
  const int64_t width_;
  const Shape in_, out_;  ///< of the step: out_ behind the pooling
  LanesConv s_{};
  bool pool_ = false, framed_ = false;
  Sizes sizes_{};
  Parts parts_;  ///< of scratch

 private:
  float* x_of(const Tile& tile) const;
  void take_x(const Tile& tile) const;
  void frame_of(const Planes& whole, const Tile& tile, int64_t v) const;
  const float* packed(const Tile& tile);

  bool relu_ = false;
  int64_t frame_part_ = 0, y_part_ = 0, dx_part_ = 0, db_part_ = 0, packed_stride_ = 0, partial_stride_ = 0;
  Pixels pixels_{};
  std::vector<PixelValue> values_;  // of each plane
  Aligned<uint8_t> pixels_of_x_;    // {tile, in, width}
  Floats x_;                        // inputs that come in rows, {tile, in, width}
  Floats packed_;  // of each worker: what one core writes and another reads costs more than packing twice
  std::vector<uint64_t> packed_version_;
  Aligned<uint8_t> state_;  // {tile, vector, out, lanes}
  Floats partial_;          // of each tile: the method's gradient, then db
};

/// Whether the method may be taken, and the step.
bool toom_suits(const Conv& op, const Shape& conv_out);
bool rows_suit(const Conv& op, const Shape& conv_out);
StepPointer make_conv_lanes_direct(StepData data);
StepPointer make_conv_lanes_rows(StepData data);
StepPointer make_conv_lanes_toom(StepData data);

}  // namespace nn::cpu
