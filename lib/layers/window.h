// SPDX-License-Identifier: MIT
// What convolution and pooling share: extents "3" or "3x5", strides, padding, dilation, and the shape that they leave.
#pragma once

#include <string>
#include <string_view>

#include "base/shape.h"

namespace nn {

struct Extent {
  int64_t h = 0, w = 0;
  bool operator==(const Extent&) const = default;
};
void parse_value(std::string_view text, Extent& value);  ///< "3" or "3x5"
std::string value_text(const Extent& value);

/// Cells added at the four sides.
struct Padding {
  int64_t top = 0, bottom = 0, left = 0, right = 0;
  explicit operator bool() const { return top || bottom || left || right; }
  bool one_sided() const { return top != bottom || left != right; }
};
void parse_value(std::string_view text, Padding& value);  ///< "1", "1x2" (height, width) or "0:1:0:1" (T:B:L:R)
std::string value_text(const Padding& value);

/// The window as its options say.
struct WindowRule {
  Extent kernel, stride{1, 1};
  Padding pad;
  bool same = false;
  Extent dilation{1, 1};  ///< distance of neighbouring cells of the window
  bool ceil = false;      ///< a last window may stick out at the bottom and right
};

/// A window in place on an image.
struct Window {
  int64_t top = 0, left = 0, bottom = 0, right = 0;  ///< padding, with the cells over which a last window sticks out
  int64_t beyond_h = 0, beyond_w = 0;                ///< these cells, of bottom and right
  int64_t out_h = 0, out_w = 0;
};

/// Places a window on x {C,H,W}. `same`: ceil(size/stride) outputs, the odd padding cell at the bottom and right, as
/// TensorFlow and torch do. `ceil`: windows until one reaches the end of the padding, but each begins in the input or
/// in the padding before it, as with torch's ceil_mode. Error when x is no image or the window does not fit.
Window place_window(const Shape& x, const WindowRule& rule);

/// UsageError unless kernel, stride and dilation are positive, pad not negative, and neither pad nor ceil is
/// given together with `same`.
void check_window(const WindowRule& rule);

/// Error unless x is {C,H,W}.
void check_image(const Shape& x);

/// UsageError unless the channels of the output can be cut into that many equal groups.
void check_groups(int64_t channels, int64_t groups);
/// Error unless groups divides the channels of x {C,H,W}.
void check_divided(const Shape& x, int64_t groups);

/// Cells from the first to the last of a window whose neighbours are `dilation` apart.
inline int64_t reach(int64_t kernel, int64_t dilation) { return (kernel - 1) * dilation + 1; }

}  // namespace nn
