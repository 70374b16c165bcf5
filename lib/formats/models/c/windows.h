// SPDX-License-Identifier: MIT
// The constant of type `window` of an op that moves one over images.
#pragma once

#include <fmt/format.h>

#include "formats/models/c/c_writer.h"

namespace nn {

/// Returns the name of the constant.
template <class WindowOp>
std::string window_of(CWriter& to, const CStep& step, const WindowOp& op, int64_t groups) {
  const Shape &x = to.shape(step.op->inputs[0]), &y = to.shape(step.output);
  to.function("window");
  return to.constant_of(step.op->layer + "_window", "static const window ",
                        fmt::format(" = {{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}}", x[0], x[1],
                                    x[2], y[0], y[1], y[2], op.kernel_h, op.kernel_w, op.stride_h, op.stride_w,
                                    op.pad_top, op.pad_left, op.dilation_h, op.dilation_w, groups));
}

}  // namespace nn
