// SPDX-License-Identifier: MIT
// What convolution and pooling share: extents "3" or "3x5", strides, padding, and the shape that they leave.
#pragma once

#include <string>
#include <string_view>

#include "base/shape.h"

namespace nn {

struct Extent {
  int64_t h = 0, w = 0;
};
void parse_value(std::string_view text, Extent& value);  ///< "3" or "3x5"
std::string value_text(const Extent& value);

/// A window in place on an image.
struct Window {
  Extent kernel, stride;
  int64_t top = 0, left = 0, bottom = 0, right = 0;  ///< padding
  int64_t out_h = 0, out_w = 0;
};

/// Places a window on x {C,H,W}. `same`: ceil(size/stride) outputs, the odd padding cell at the bottom and right, as
/// TensorFlow and torch do. Error when x is no image or the window does not fit.
Window place_window(const Shape& x, Extent kernel, Extent stride, Extent pad, bool same);

/// UsageError unless kernel and stride are positive, pad not negative and not given together with `same`.
void check_window(Extent kernel, Extent stride, Extent pad, bool same);

}  // namespace nn
