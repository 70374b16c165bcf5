// SPDX-License-Identifier: MIT
// One PNG in memory to grey or RGB bytes and back. Only png_image.cpp sees libpng; width, height, chunks and memory are
// bounded.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/shape.h"
#include "base/system/budget.h"

namespace nn {

/// Least and greatest value of a pixel.
struct PixelRange {
  int low = 0, high = 255;
  bool operator==(const PixelRange&) const = default;
};

struct PngOptions {
  bool scale_to_8 = false;                           ///< samples of 16 bits are divided by 257 and rounded
  bool ignore_alpha = false;                         ///< the colours as they are stored, whatever their alpha
  std::optional<std::array<uint8_t, 3>> background;  ///< what shows through where alpha is not full
  Budget budget{};
};

struct PngImage {
  Shape shape;                  ///< {C,H,W}, C 1 or 3
  std::vector<uint8_t> pixels;  ///< channels first
  bool is_16_bit = false;       ///< in the file; the values are those of the file unless they were scaled
  PixelRange range;             ///< of the text "valid_range", else 0 to 255
  bool has_alpha = false;       ///< in the file
  bool is_animated = false;     ///< the pixels are those of the first frame
};

/// Palettes become RGB, grey of 1, 2 and 4 bits becomes 0 to 255 (all as Pillow gives them). Samples of 16 bits keep
/// their values. Error: not a PNG, truncated, damaged, wider or higher than 16384, beyond the budget; samples above 255
/// without scale_to_8; alpha below full without an option that says what it means.
PngImage read_png(std::span<const std::byte> bytes, const PngOptions& options = {});
/// Pixels with 1 channel for 3, the luma of ITU-R 601 as Pillow rounds it, or with 3 for 1, which are equal then.
void change_channels(PngImage& image, int64_t channels);
/// A range other than 0 to 255 goes into a text chunk "valid_range" (LOW HIGH).
std::vector<std::byte> write_png(const Shape& shape, std::span<const uint8_t> pixels, PixelRange range = {});

/// "white", "black", "#rrggbb", "R,G,B" or one number for all three; UsageError otherwise.
std::array<uint8_t, 3> parse_colour(std::string_view text);

}  // namespace nn
