// SPDX-License-Identifier: MIT
// Pictures; what is accepted is written and read again to the same pixels.
#include "entry.h"
#include "formats/datasets/pictures/png_image.h"

using namespace nn;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::refusals_are_fine([&] {
    PngOptions options;
    options.scale_to_8 = options.ignore_alpha = true;
    options.budget = Budget(uint64_t{1} << 28);
    const PngImage image = read_png(fuzz::bytes_of(data, size), options);
    fuzz::expect(static_cast<int64_t>(image.pixels.size()) == image.shape.count(), "as many pixels as the shape says");
    if (image.pixels.size() > 1U << 16) return;
    const PngImage again = read_png(write_png(image.shape, image.pixels, image.range));
    fuzz::expect(again.shape == image.shape && again.pixels == image.pixels && again.range == image.range,
                 "PNG reads back");
  });
  return 0;
}
