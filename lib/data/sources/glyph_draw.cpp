// SPDX-License-Identifier: MIT
#include "data/sources/glyph_draw.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "data/sources/glyph_shapes.h"

namespace nn {
namespace {

/// splitmix64 (Steele, Lea, Flood, OOPSLA 2014): integers only.
class Words {
 public:
  Words(uint64_t seed, uint64_t index)
      : state_(mix(seed + 0x9e3779b97f4a7c15u) ^ mix(index * 0xbf58476d1ce4e5b9u + 1)) {}
  uint64_t next() { return mix(state_ += 0x9e3779b97f4a7c15u); }
  int below(int n) { return static_cast<int>((next() >> 32) * static_cast<uint64_t>(n) >> 32); }
  /// Even in [low, high).
  double between(double low, double high) { return low + (high - low) * (static_cast<double>(next() >> 11) * 0x1p-53); }
  /// Bell-shaped about 0: the sum of four even ones, deviation `width`, never beyond 3.5 * width.
  double bell(double width) {
    const uint64_t w = next();
    const auto sum = static_cast<double>((w & 0xffff) + (w >> 16 & 0xffff) + (w >> 32 & 0xffff) + (w >> 48));
    return width * (sum * 0x1p-16 - 2) * 1.7320508075688772;
  }

 private:
  static uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  uint64_t state_;
};

constexpr int arc_steps = 5;
using Ink = std::array<double, glyph_side * glyph_side>;

/// The larger and the smaller, as instructions without branches have it.
double larger(double a, double b) { return a < b ? b : a; }
double smaller(double a, double b) { return b < a ? b : a; }

/// Pixels first..last that may lie within `reach` of u-v along one side of the image.
struct Reach {
  int first, last;
  Reach(double u, double v, double reach)
      : first(std::max(0, static_cast<int>(smaller(u, v) - reach + 1000) - 1000)),
        last(std::min(glyph_side - 1, static_cast<int>(larger(u, v) + reach + 1001) - 1000)) {}
};

/// Darkens the pixels about the line a-b: full within half the width, fading over one pixel. Branchless, so that the
/// compiler makes vectors of it: farther than `reach` the cover is not above 0 and changes nothing.
void draw_line(Ink& ink, GlyphPoint a, GlyphPoint b, double half_width) {
  const double reach = half_width + 0.5;
  const Reach rows(a.y, b.y, reach), columns(a.x, b.x, reach);
  const double dx = b.x - a.x, dy = b.y - a.y, length2 = dx * dx + dy * dy;
  const double divisor = length2 > 0 ? length2 : 1;  // a point: dx and dy are 0 as well
  for (int y = rows.first; y <= rows.last; ++y) {
    const double py = y - a.y, rise = py * dy;
    double* row = &ink[static_cast<size_t>(y * glyph_side)];
    for (int x = columns.first; x <= columns.last; ++x) {
      const double px = x - a.x;
      const double along = smaller(larger((px * dx + rise) / divisor, 0.0), 1.0);
      const double ex = px - along * dx, ey = py - along * dy;
      row[x] = larger(row[x], smaller(reach - std::sqrt(ex * ex + ey * ey), 1.0));
    }
  }
}

/// How this writer writes this time: an affine map of the unit box to pixels and a bend of second order.
struct Hand {
  double width, height, slant, turn_cos, turn_sin, x, y, bend[6], half_width;

  explicit Hand(Words& words) {
    height = 18 + words.bell(1.7);
    width = height * (0.68 + words.bell(0.11));
    slant = words.bell(0.24);
    const double t = words.bell(0.075);  // tangent of half the angle
    turn_cos = (1 - t * t) / (1 + t * t);
    turn_sin = 2 * t / (1 + t * t);
    x = (glyph_side - 1) * 0.5 + words.bell(2.2);
    y = (glyph_side - 1) * 0.5 + words.bell(2.2);
    for (double& b : bend) b = words.bell(0.16);
    half_width = words.between(0.55, 1.75);
  }
  GlyphPoint place(GlyphPoint p) const {
    const double u = p.x - 0.5, v = p.y - 0.5;
    const double bu = u + bend[0] * u * v + bend[1] * (v * v - 0.1) + bend[2] * (u * u - 0.1);
    const double bv = v + bend[3] * u * v + bend[4] * (u * u - 0.1) + bend[5] * (v * v - 0.1);
    const double px = (bu - slant * bv) * width, py = bv * height;
    return {x + turn_cos * px - turn_sin * py, y + turn_sin * px + turn_cos * py};
  }
};

void draw_stroke(Ink& ink, GlyphStroke stroke, const Hand& hand, Words& words) {
  constexpr double unsteady = 0.052;
  const auto shaken = [&](GlyphPoint p) {
    return hand.place({p.x + words.bell(unsteady), p.y + words.bell(unsteady)});
  };
  GlyphPoint from = shaken(stroke[0]);
  for (size_t i = 2; i < stroke.size(); i += 2) {
    const GlyphPoint control = shaken(stroke[i - 1]), to = shaken(stroke[i]);
    GlyphPoint a = from;
    for (int s = 1; s <= arc_steps; ++s) {
      const double t = static_cast<double>(s) / arc_steps, r = 1 - t;
      const GlyphPoint b{r * r * from.x + 2 * r * t * control.x + t * t * to.x,
                         r * r * from.y + 2 * r * t * control.y + t * t * to.y};
      draw_line(ink, a, b, hand.half_width);
      a = b;
    }
    from = to;
  }
}

/// A stray mark of the pen, short, thin and paler than a digit.
void draw_stray(Ink& ink, Words& words) {
  Ink mark{};
  const GlyphPoint a{words.between(0, glyph_side - 1), words.between(0, glyph_side - 1)};
  const GlyphPoint b{a.x + words.bell(3.5), a.y + words.bell(3.5)};
  draw_line(mark, a, b, words.between(0.3, 0.9));
  const double strength = words.between(0.3, 0.9);
  for (size_t i = 0; i < ink.size(); ++i) ink[i] = larger(ink[i], strength * mark[i]);
}

}  // namespace

int draw_glyph(uint64_t seed, uint64_t index, std::span<uint8_t> pixels) {
  Words words(seed, index);
  const int digit = words.below(10);
  const auto forms = glyph_forms(digit);
  const GlyphForm form = forms[static_cast<size_t>(words.below(static_cast<int>(forms.size())))];
  const Hand hand(words);
  Ink ink{};
  for (const GlyphStroke stroke : form) draw_stroke(ink, stroke, hand, words);
  for (int stray = words.below(3); stray > 0; --stray) draw_stray(ink, words);
  const double strength = words.between(150, 255), grain = words.between(0, 26);
  std::array<int32_t, glyph_side * glyph_side> noise;
  for (size_t i = 0; i < noise.size(); i += 4) {
    const uint64_t w = words.next();
    for (size_t k = 0; k < 4; ++k) noise[i + k] = static_cast<int32_t>(w >> (16 * k) & 0xffff);
  }
  for (size_t i = 0; i < ink.size(); ++i) {
    const double even = noise[i] * 0x1p-15 - 1;
    const double value = strength * ink[i] + grain * even;
    pixels[i] = static_cast<uint8_t>(static_cast<int32_t>(smaller(larger(value + 0.5, 0.0), 255.0)));
  }
  return digit;
}

}  // namespace nn
