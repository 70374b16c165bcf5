// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <cmath>

#include "data/prep/step.h"

namespace nn {
namespace {

/// (x - mean) / std with given numbers, on 0..1: integer pixels are scaled first. torchvision's ToTensor and Normalize.
class Normalize final : public PrepStep {
 public:
  Normalize(const std::string& argument, const StepContext& context) : shape_(context.shape) {
    const size_t colon = argument.find(':');
    if (colon == std::string::npos)
      throw UsageError(fmt::format("normalize: expected MEAN:STD, as 0.5:0.25, found '{}'", argument));
    mean_ = per_channel(argument.substr(0, colon));
    std_ = per_channel(argument.substr(colon + 1));
    for (const float s : std_)
      if (!(s > 0)) throw UsageError(fmt::format("normalize: a standard deviation is above 0, found '{}'", argument));
    scales_ = context.integer_pixels;
    minimum_ = static_cast<float>(context.valid_min);
    range_ = static_cast<float>(context.valid_max - context.valid_min);
  }
  Shape output_shape() const override { return shape_; }
  bool elementwise() const override { return true; }
  void apply(std::span<const float> in, std::span<float> out, std::span<const uint32_t>) const override {
    const size_t area = in.size() / mean_.size();
    for (size_t c = 0; c < mean_.size(); ++c)
      for (size_t i = c * area; i < (c + 1) * area; ++i) {
        const float unit = scales_ ? (in[i] - minimum_) / range_ : in[i];
        out[i] = (unit - mean_[c]) / std_[c];
      }
  }

 private:
  std::vector<float> per_channel(const std::string& text) const {
    const std::vector<double> given = numbers_in(text, ',', 0, "normalize");
    const auto channels = static_cast<size_t>(channels_of(shape_));
    if (given.size() != 1 && given.size() != channels)
      throw Error(
          fmt::format("normalize: {} numbers for {} channels; give one, or one per channel", given.size(), channels));
    std::vector<float> values(channels);
    for (size_t c = 0; c < channels; ++c) {
      values[c] = static_cast<float>(given[given.size() == 1 ? 0 : c]);
      if (!std::isfinite(values[c])) throw UsageError(fmt::format("normalize: '{}' is not a finite number", text));
    }
    return values;
  }
  Shape shape_;
  std::vector<float> mean_, std_;
  bool scales_ = false;
  float minimum_, range_;
};

}  // namespace

extern const PrepStepType normalize_step;
const PrepStepType normalize_step{
    "normalize", "MEAN:STD",
    "subtract MEAN and divide by STD, both on 0..1 (integer pixels are scaled first); M,M,M:S,S,S for channels",
    "0.5:0.5", [](const std::string& argument, const StepContext& context) -> std::unique_ptr<PrepStep> {
      return std::make_unique<Normalize>(argument, context);
    }};

}  // namespace nn
