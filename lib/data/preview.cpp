// SPDX-License-Identifier: MIT
#include "data/preview.h"

#include <algorithm>
#include <numeric>

namespace nn {
namespace {

constexpr int64_t grid_side = 8;

h5::Array axis_values(int64_t n) {
  std::vector<int32_t> v(static_cast<size_t>(n));
  std::iota(v.begin(), v.end(), 0);
  return h5::Array::of(v);
}

/// Mean of the channels, stretched from valid_min..valid_max to 0..255.
uint8_t shade(std::span<const uint8_t> image, int64_t pixel, int64_t channels, int64_t area, const Dataset& data) {
  double sum = 0;
  for (int64_t c = 0; c < channels; ++c) sum += image[static_cast<size_t>(c * area + pixel)];
  const double unit = (sum / static_cast<double>(channels) - data.valid_min) / (data.valid_max - data.valid_min);
  return static_cast<uint8_t>(std::clamp(unit, 0.0, 1.0) * 255 + 0.5);
}

}  // namespace

void write_preview(h5::Writer& to, const Dataset& data) {
  const Split& split = data.splits.front();
  if (!split.is_images() || split.x().type != h5::Type::u8 || split.size() == 0) return;
  const int64_t count = std::min(split.size(), grid_side * grid_side), across = std::min(count, grid_side);
  const int64_t down = (count + across - 1) / across;
  const int64_t channels = split.x().shape[1], h = split.x().shape[2], w = split.x().shape[3];
  h5::Array grid(h5::Type::u8, Shape{down * h, across * w});
  const auto out = grid.as<uint8_t>();
  const auto in = split.x().as<uint8_t>();
  for (int64_t i = 0; i < count; ++i) {
    const auto image = in.subspan(static_cast<size_t>(i * channels * h * w), static_cast<size_t>(channels * h * w));
    for (int64_t y = 0; y < h; ++y)
      for (int64_t x = 0; x < w; ++x)
        out[static_cast<size_t>(((i / across) * h + y) * across * w + (i % across) * w + x)] =
            shade(image, y * w + x, channels, h * w, data);
  }
  const h5::DatasetOptions scale{{}, true, true};
  to.dataset("/preview/row", axis_values(down * h), scale);
  to.dataset("/preview/column", axis_values(across * w), scale);
  to.dataset("/preview/grid", grid, {{"/preview/row", "/preview/column"}, false, true});
  to.text("/preview/grid", "CLASS", "IMAGE");
  to.text("/preview/grid", "IMAGE_VERSION", "1.2");
  to.text("/preview/grid", "IMAGE_SUBCLASS", "IMAGE_GRAYSCALE");
  to.values("/preview/grid", "IMAGE_MINMAXRANGE", h5::Array::of(std::vector<uint8_t>{0, 255}));
}

}  // namespace nn
