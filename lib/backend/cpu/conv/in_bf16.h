// SPDX-License-Identifier: MIT
// Which convolutions the processor does in bf16.
#pragma once

#include "graph/ops.h"

namespace nn::cpu {

/// 3x3, stride 1, in one group, a border of 0 or 1.
inline bool is_plain_3x3(const Conv& c) {
  const auto border = [](int64_t n) { return n == 0 || n == 1; };
  return c.kernel_h == 3 && c.kernel_w == 3 && c.stride_h == 1 && c.stride_w == 1 && c.groups == 1 && !c.dilated() &&
         border(c.pad_top) && border(c.pad_bottom) && border(c.pad_left) && border(c.pad_right);
}

/// Those for which Precision::bf16 pays.
inline bool in_bf16(const Conv& c) { return is_plain_3x3(c) && c.in_channels >= 16 && c.out_channels >= 16; }

}  // namespace nn::cpu
