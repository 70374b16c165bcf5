// SPDX-License-Identifier: MIT
// The option axis of layers that work along an axis of a sample: its number from 0, or from the end with -1, or
// "channel".
#pragma once

#include <string>

#include "base/error.h"
#include "base/shape.h"
#include "base/text/number.h"

namespace nn {

inline constexpr const char* channel_axis = "channel";

/// The axis that holds the channels: of {C,H,W} and {D} the first, of rows {T,D} the columns.
inline size_t channels_of(const Shape& x) { return x.rank() == 2 ? 1 : 0; }

/// UsageError unless it is "channel" or a number.
inline void check_axis(const std::string& text) {
  if (text == channel_axis) return;
  int64_t number = 0;
  try {
    parse_value(text, number);
  } catch (const UsageError&) {
    throw UsageError("axis must be channel, or a number as 0 or -1, found '" + text + "'");
  }
}

/// The axis of x with that number. Error when x has no such axis.
inline int64_t axis_of(const std::string& text, const Shape& x) {
  const auto rank = static_cast<int64_t>(x.rank());
  int64_t axis = 0;
  parse_value(text, axis);
  if (axis < -rank || axis >= rank)
    throw Error("expected an axis from " + value_text(-rank) + " to " + value_text(rank - 1) + " of a sample of " +
                x.text() + ", found " + value_text(axis));
  return axis < 0 ? axis + rank : axis;
}

}  // namespace nn
