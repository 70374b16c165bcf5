// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "data/prep/step.h"

namespace nn {
namespace {

/// Empty pixels on all four sides.
class Pad final : public PrepStep {
 public:
  Pad(const std::string& argument, const StepContext& context)
      : shape_(context.shape), background_(context.background()) {
    const double pixels = numbers_in(argument, ':', 1, "pad")[0];
    if (!(pixels >= 1 && pixels <= 4096) || pixels != static_cast<double>(static_cast<int64_t>(pixels)))
      throw UsageError(fmt::format("pad: expected a number of pixels, 1 to 4096, found '{}'", argument));
    if (shape_.rank() != 3) throw Error(fmt::format("pad is for images, the samples have shape {}", shape_.text()));
    pixels_ = static_cast<int64_t>(pixels);
  }
  Shape output_shape() const override { return Shape{shape_[0], shape_[1] + 2 * pixels_, shape_[2] + 2 * pixels_}; }
  void apply(std::span<const float> in, std::span<float> out, std::span<const uint32_t>) const override {
    std::fill(out.begin(), out.end(), background_);
    const int64_t h = shape_[1], w = shape_[2], wide = w + 2 * pixels_, high = h + 2 * pixels_;
    for (int64_t c = 0; c < shape_[0]; ++c)
      for (int64_t y = 0; y < h; ++y)
        std::copy_n(in.data() + (c * h + y) * w, w, out.data() + (c * high + y + pixels_) * wide + pixels_);
  }

 private:
  Shape shape_;
  float background_;
  int64_t pixels_;
};

}  // namespace

extern const PrepStepType pad_step;
const PrepStepType pad_step{"pad", "PIXELS", "add empty pixels on all four sides of an image", "2",
                            [](const std::string& argument, const StepContext& context) -> std::unique_ptr<PrepStep> {
                              return std::make_unique<Pad>(argument, context);
                            }};

}  // namespace nn
