// SPDX-License-Identifier: MIT
#include "layers/window.h"

#include <algorithm>

#include "base/error.h"
#include "base/text/number.h"

namespace nn {
namespace {

constexpr int64_t largest = 1 << 20;  // sums and products of these stay far inside int64

void place_axis(int64_t size, int64_t kernel, int64_t stride, int64_t pad, bool same, int64_t& before, int64_t& after,
                int64_t& out) {
  if (same) {
    out = (size + stride - 1) / stride;
    const int64_t total = std::max<int64_t>((out - 1) * stride + kernel - size, 0);
    before = total / 2;
    after = total - before;
    return;
  }
  before = after = pad;
  const int64_t room = size + 2 * pad - kernel;
  out = room < 0 ? 0 : room / stride + 1;
}

}  // namespace

void parse_value(std::string_view text, Extent& value) {
  const size_t x = text.find('x');
  Extent parsed;
  try {
    parse_value(text.substr(0, x), parsed.h);
    if (x == std::string_view::npos)
      parsed.w = parsed.h;
    else
      parse_value(text.substr(x + 1), parsed.w);
  } catch (const UsageError&) {
    throw UsageError("expected a size as 3 or 3x5, found '" + std::string(text) + "'");
  }
  value = parsed;
}

std::string value_text(const Extent& value) {
  return value.h == value.w ? value_text(value.h) : value_text(value.h) + "x" + value_text(value.w);
}

void check_window(Extent kernel, Extent stride, Extent pad, bool same) {
  if (std::min(kernel.h, kernel.w) < 1 || std::max(kernel.h, kernel.w) > largest)
    throw UsageError("kernel must be at least 1, found " + value_text(kernel));
  if (std::min(stride.h, stride.w) < 1 || std::max(stride.h, stride.w) > largest)
    throw UsageError("stride must be at least 1, found " + value_text(stride));
  if (std::min(pad.h, pad.w) < 0 || std::max(pad.h, pad.w) > largest)
    throw UsageError("pad must not be negative, found " + value_text(pad));
  if (same && (pad.h || pad.w)) throw UsageError("'same' chooses the padding itself: leave out pad or same");
}

Window place_window(const Shape& x, Extent kernel, Extent stride, Extent pad, bool same) {
  if (x.rank() != 3)
    throw Error("expected an image (channels x height x width), found " + x.text() +
                (x.rank() == 1 ? ": put 'reshape:CxHxW' before it" : ""));
  Window w{kernel, stride};
  place_axis(x[1], kernel.h, stride.h, pad.h, same, w.top, w.bottom, w.out_h);
  place_axis(x[2], kernel.w, stride.w, pad.w, same, w.left, w.right, w.out_w);
  if (w.out_h < 1 || w.out_w < 1)
    throw Error("a window of " + Shape{kernel.h, kernel.w}.text() + " does not fit in " + x.text() +
                (pad.h || pad.w ? " padded by " + value_text(pad) : "") + ": give a smaller kernel or more padding");
  return w;
}

}  // namespace nn
