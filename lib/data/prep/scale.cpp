// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <cmath>

#include "data/prep/step.h"

namespace nn {
namespace {

/// The file's valid_min..valid_max to low..high. With 0:1 and 0..255 this is x / 255 in float32, as frameworks compute
/// it.
class Scale final : public PrepStep {
 public:
  Scale(const std::string& argument, const StepContext& context) : shape_(context.shape) {
    if (argument.find(':') == std::string::npos)
      throw UsageError(fmt::format("scale: expected LOW:HIGH, as 0:1, found '{}'", argument));
    const std::vector<double> ends = numbers_in(argument, ':', 2, "scale");
    if (!std::isfinite(ends[0]) || !std::isfinite(ends[1]) || ends[0] == ends[1])
      throw UsageError(fmt::format("scale: expected two different numbers LOW:HIGH, found '{}'", argument));
    if (!context.integer_pixels)
      throw Error(
          "scale is for integer pixels that are not scaled yet, and these samples are floats; data for a model that "
          "scales is left as whole numbers, and other data is prepared before the training with nn-prep --standardize");
    minimum_ = static_cast<float>(context.valid_min);
    range_ = static_cast<float>(context.valid_max - context.valid_min);
    low_ = static_cast<float>(ends[0]);
    width_ = static_cast<float>(ends[1] - ends[0]);
  }
  Shape output_shape() const override { return shape_; }
  bool elementwise() const override { return true; }
  void apply(std::span<const float> in, std::span<float> out, std::span<const uint32_t>) const override {
    for (size_t i = 0; i < in.size(); ++i) out[i] = (in[i] - minimum_) / range_ * width_ + low_;
  }

 private:
  Shape shape_;
  float minimum_, range_, low_, width_;
};

}  // namespace

extern const PrepStepType scale_step;
const PrepStepType scale_step{"scale", "LOW:HIGH",
                              "map the range of the pixels (valid_min..valid_max of the file) to LOW..HIGH", "0:1",
                              [](const std::string& argument, const StepContext& context) -> std::unique_ptr<PrepStep> {
                                return std::make_unique<Scale>(argument, context);
                              }};

}  // namespace nn
