// SPDX-License-Identifier: MIT
// Draws one 28x28 glyph. Identical on every machine: integers, and doubles with + - * / and sqrt only, compiled without
// contraction; every image has random words of its own, so that images may be drawn in any order by any thread.
#pragma once

#include <cstdint>
#include <span>

namespace nn {

constexpr int glyph_side = 28;
/// Draws image `index` of `seed` into 28*28 pixels (0 background, 255 ink) and returns its digit.
int draw_glyph(uint64_t seed, uint64_t index, std::span<uint8_t> pixels);

}  // namespace nn
