// SPDX-License-Identifier: MIT
// One PNG in memory to grey or RGB bytes and back. Only png_image.cpp sees libpng; width, height and chunks are bounded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/shape.h"

namespace nn {

struct PngImage {
  Shape shape;                  ///< {C,H,W}, C 1 or 3
  std::vector<uint8_t> pixels;  ///< channels first
};

/// 16-bit samples lose their low byte, palettes become RGB, transparency is dropped. Error: not a PNG, truncated,
/// damaged, wider or higher than 16384.
PngImage read_png(std::span<const std::byte> bytes);
std::vector<std::byte> write_png(const Shape& shape, std::span<const uint8_t> pixels);

}  // namespace nn
