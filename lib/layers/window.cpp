// SPDX-License-Identifier: MIT
#include "layers/window.h"

#include <algorithm>

#include "base/error.h"
#include "base/text/number.h"
#include "base/text/split.h"

namespace nn {
namespace {

constexpr int64_t largest = 1 << 20;  // sums and products of these stay far inside int64

/// Windows along one axis.
struct Placed {
  int64_t before, after;  // padding
  int64_t beyond = 0;     // of `after`: cells over which the last window sticks out
  int64_t out = 0;
};

Placed same_axis(int64_t size, int64_t reach, int64_t stride) {
  const int64_t out = (size + stride - 1) / stride, total = std::max<int64_t>((out - 1) * stride + reach - size, 0);
  return {total / 2, total - total / 2, 0, out};
}

Placed padded_axis(int64_t size, int64_t reach, int64_t stride, bool ceil, int64_t before, int64_t after) {
  Placed placed{before, after};
  const int64_t room = size + before + after - reach + (ceil ? stride - 1 : 0);
  if (room < 0) return placed;
  placed.out = room / stride + 1;
  if (ceil && (placed.out - 1) * stride >= size + before) --placed.out;
  placed.beyond = std::max<int64_t>((placed.out - 1) * stride + reach - (size + before + after), 0);
  placed.after += placed.beyond;
  return placed;
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
  if (rule.same && rule.ceil) throw UsageError("'same' chooses the padding itself: leave out ceil or same");
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
  const auto axis = [&](int64_t size, int64_t reach, int64_t stride, int64_t before, int64_t after) {
    return rule.same ? same_axis(size, reach, stride) : padded_axis(size, reach, stride, rule.ceil, before, after);
  };
  const Placed rows = axis(x[1], h, rule.stride.h, pad.top, pad.bottom),
               columns = axis(x[2], w, rule.stride.w, pad.left, pad.right);
  if (rows.out < 1 || columns.out < 1)
    throw Error("a window of " + Shape{h, w}.text() + " does not fit in " + x.text() +
                (pad ? " padded by " + value_text(pad) : "") + ": give a smaller kernel" +
                (rule.dilation != Extent{1, 1} ? " or dilation" : "") + " or more padding");
  return {rows.before, columns.before, rows.after, columns.after, rows.beyond, columns.beyond, rows.out, columns.out};
}

}  // namespace nn
