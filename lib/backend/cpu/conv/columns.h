// SPDX-License-Identifier: MIT
// Products with the columns of one sample, which a convolution and a transposed one share. "Large" planes are those
// that the windows lie on, x of a convolution and y of a transposed one; "small" planes have a cell a window. Weights
// are {small channels, taps}, with taps = large channels of a group * kernel cells.
#pragma once

#include "backend/cpu/plan/step.h"

namespace nn::cpu {

class Columns {
 public:
  /// Op: Conv or Deconv; large, small: shapes of a sample.
  template <class Op>
  Columns(const Kernels& kernels, const Op& op, const Shape& large, const Shape& small)
      : kernels_(kernels),
        window_{large[1],    large[2],    small[1],   small[2],    op.kernel_h,   op.kernel_w,
                op.stride_h, op.stride_w, op.pad_top, op.pad_left, op.dilation_h, op.dilation_w},
        groups_(op.groups),
        large_(large[0] / op.groups),
        small_(small[0] / op.groups),
        cells_(small[1] * small[2]),
        plane_(large[1] * large[2]),
        taps_(large_ * op.kernel_h * op.kernel_w),
        col_row_(round_up(cells_, kernels.panel)),
        small_row_(round_up(small_, kernels.panel)) {}

  /// small = weights large (+ bias), of one sample.
  void gather(const float* weights, const float* large, const float* bias, float* small, float* scratch) const;
  /// large = what small sends back through the weights.
  void scatter(const float* weights, const float* small, float* large, float* scratch) const;
  /// sums{group, taps, small_row} += the gradient of the weights, turned.
  void add_weight_gradient(const float* large, const float* small, float* sums, float* scratch) const;
  int64_t sums() const { return groups_ * taps_ * small_row_; }
  /// Place in the sums of that tap of that small channel.
  int64_t place(int64_t channel, int64_t tap) const {
    return (channel / small_ * taps_ + tap) * small_row_ + channel % small_;
  }
  int64_t taps() const { return taps_; }
  int64_t small_channels() const { return groups_ * small_; }
  /// Columns; behind them small transposed, or the narrow last panel of a product.
  int64_t scratch() const {
    return taps_ * col_row_ + std::max(cells_ * small_row_, std::max(small_, taps_) * kernels_.panel);
  }

 private:
  void columns(const float* large, float* col) const;

  const Kernels& kernels_;
  Window window_;
  int64_t groups_, large_, small_;  // channels of a group
  int64_t cells_, plane_;           // of a small and of a large plane
  int64_t taps_, col_row_, small_row_;
};

}  // namespace nn::cpu
