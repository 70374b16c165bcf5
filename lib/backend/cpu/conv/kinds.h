// SPDX-License-Identifier: MIT
// Kinds of convolutions that have kernels of their own.
#pragma once

#include "graph/ops.h"

namespace nn::cpu {

/// 3x3, stride 1, in one group, a border of 0 or 1.
inline bool is_plain_3x3(const Conv& c) {
  const auto border = [](int64_t n) { return n == 0 || n == 1; };
  return c.kernel_h == 3 && c.kernel_w == 3 && c.stride_h == 1 && c.stride_w == 1 && c.groups == 1 && !c.dilated() &&
         border(c.pad_top) && border(c.pad_bottom) && border(c.pad_left) && border(c.pad_right);
}

/// Fewer channels would leave most of a vector of them empty.
constexpr int64_t fewest_in_pixels = 8;

/// Each channel by itself.
inline bool is_depthwise(const Conv& c) {
  return c.groups >= fewest_in_pixels && c.groups == c.in_channels && c.groups == c.out_channels;
}

/// One cell, or windows that hardly overlap: as a product of matrices whose rows are pixels.
inline bool is_product(const Conv& c) {
  return c.groups == 1 && c.out_channels >= fewest_in_pixels &&
         ((c.kernel_h == 1 && c.kernel_w == 1) || c.stride_h > 1 || c.stride_w > 1);
}

/// Those for which Precision::bf16 pays.
inline bool in_bf16(const Conv& c) { return is_plain_3x3(c) && c.in_channels >= 16 && c.out_channels >= 16; }

}  // namespace nn::cpu
