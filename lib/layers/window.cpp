// SPDX-License-Identifier: MIT
#include "layers/window.h"

#include <algorithm>

#include "base/error.h"
#include "base/text/number.h"
#include "base/text/split.h"

namespace nn {
namespace {

constexpr int64_t largest = 1 << 20;  // sums and products of these stay far inside int64

void place_axis(int64_t size, int64_t reach, int64_t stride, bool same, int64_t& before, int64_t& after, int64_t& out) {
  if (same) {
    out = (size + stride - 1) / stride;
    const int64_t total = std::max<int64_t>((out - 1) * stride + reach - size, 0);
    before = total / 2;
    after = total - before;
    return;
  }
  const int64_t room = size + before + after - reach;
  out = room < 0 ? 0 : room / stride + 1;
}

void check_sizes(const char* what, const Extent& value) {
  if (std::min(value.h, value.w) < 1)
    throw UsageError(std::string(what) + " must be at least 1, found " + value_text(value));
  if (std::max(value.h, value.w) > largest)
    throw UsageError(std::string(what) + " must be at most " + value_text(largest) + ", found " + value_text(value));
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

void parse_value(std::string_view text, Padding& value) {
  try {
    if (text.find(':') == std::string_view::npos) {
      Extent both;
      parse_value(text, both);
      value = {both.h, both.h, both.w, both.w};
      return;
    }
    const auto sides = split_at(text, ':');
    if (sides.size() != 4) throw UsageError("");
    Padding parsed;
    parse_value(sides[0], parsed.top);
    parse_value(sides[1], parsed.bottom);
    parse_value(sides[2], parsed.left);
    parse_value(sides[3], parsed.right);
    value = parsed;
  } catch (const UsageError&) {
    throw UsageError("expected cells as 1, 1x2 or TOP:BOTTOM:LEFT:RIGHT, found '" + std::string(text) + "'");
  }
}

std::string value_text(const Padding& value) {
  if (!value.one_sided()) return value_text(Extent{value.top, value.left});
  return value_text(value.top) + ":" + value_text(value.bottom) + ":" + value_text(value.left) + ":" +
         value_text(value.right);
}

void check_window(const WindowRule& rule) {
  const Padding& pad = rule.pad;
  check_sizes("kernel", rule.kernel);
  check_sizes("stride", rule.stride);
  check_sizes("dilation", rule.dilation);
  if (std::min({pad.top, pad.bottom, pad.left, pad.right}) < 0)
    throw UsageError("pad must not be negative, found " + value_text(pad));
  if (std::max({pad.top, pad.bottom, pad.left, pad.right}) > largest)
    throw UsageError("pad must be at most " + value_text(largest) + ", found " + value_text(pad));
  if (rule.same && pad) throw UsageError("'same' chooses the padding itself: leave out pad or same");
}

void check_image(const Shape& x) {
  if (x.rank() != 3)
    throw Error("expected an image (channels x height x width), found " + x.text() +
                (x.rank() == 1 ? ": put 'reshape:CxHxW' before it" : ""));
}

void check_groups(int64_t channels, int64_t groups) {
  if (channels < 1) throw UsageError("channels must be at least 1, found " + value_text(channels));
  if (groups < 1) throw UsageError("groups must be at least 1, found " + value_text(groups));
  if (channels % groups != 0)
    throw UsageError(value_text(channels) + " channels cannot be cut into " + value_text(groups) + " equal groups");
}

void check_divided(const Shape& x, int64_t groups) {
  if (x[0] % groups != 0)
    throw Error("expected a number of channels that groups=" + value_text(groups) + " divides, found " + x.text());
}

Window place_window(const Shape& x, const WindowRule& rule) {
  check_image(x);
  const Padding& pad = rule.pad;
  const int64_t h = reach(rule.kernel.h, rule.dilation.h), w = reach(rule.kernel.w, rule.dilation.w);
  Window placed{pad.top, pad.left, pad.bottom, pad.right};
  place_axis(x[1], h, rule.stride.h, rule.same, placed.top, placed.bottom, placed.out_h);
  place_axis(x[2], w, rule.stride.w, rule.same, placed.left, placed.right, placed.out_w);
  if (placed.out_h < 1 || placed.out_w < 1)
    throw Error("a window of " + Shape{h, w}.text() + " does not fit in " + x.text() +
                (pad ? " padded by " + value_text(pad) : "") + ": give a smaller kernel" +
                (rule.dilation != Extent{1, 1} ? " or dilation" : "") + " or more padding");
  return placed;
}

}  // namespace nn
