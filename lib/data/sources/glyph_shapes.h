// SPDX-License-Identifier: MIT
// The ten digits as strokes: each a start point and quadratic Bezier arcs (control point, end point), in a box of
// width and height 1 with y downwards. Several ways of writing a digit stand beside each other.
#pragma once

#include <span>

namespace nn {

struct GlyphPoint {
  double x, y;
};
/// points[0], then pairs (control, end); the number of points is odd.
using GlyphStroke = std::span<const GlyphPoint>;
/// The strokes of one way of writing a digit.
using GlyphForm = std::span<const GlyphStroke>;
/// The ways of writing `digit`, 0..9.
std::span<const GlyphForm> glyph_forms(int digit);

}  // namespace nn
