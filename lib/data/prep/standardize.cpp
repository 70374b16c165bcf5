// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "data/prep/step.h"

namespace nn {
namespace {

/// (x - mean) / std with the statistics of the training split, which stand beside the recipe in /prep (data/recipe.h).
class Standardize final : public PrepStep {
 public:
  Standardize(const std::string& argument, const StepContext& context)
      : shape_(context.shape), mean_(context.mean), std_(context.std) {
    if (!argument.empty()) throw UsageError(fmt::format("standardize takes no value, found '{}'", argument));
    const auto channels = static_cast<size_t>(channels_of(shape_));
    if (mean_.size() != channels || std_.size() != channels)
      throw Error(fmt::format("standardize: /prep/mean and /prep/std have {} and {} values, the samples {} channels",
                              mean_.size(), std_.size(), channels));
    for (const float s : std_)
      if (!(s > 0)) throw Error(fmt::format("standardize: /prep/std holds {}, expected numbers above 0", s));
  }
  Shape output_shape() const override { return shape_; }
  bool elementwise() const override { return true; }
  void apply(std::span<const float> in, std::span<float> out, std::span<const uint32_t>) const override {
    const size_t area = in.size() / mean_.size();
    for (size_t c = 0; c < mean_.size(); ++c)
      for (size_t i = c * area; i < (c + 1) * area; ++i) out[i] = (in[i] - mean_[c]) / std_[c];
  }

 private:
  Shape shape_;
  std::vector<float> mean_, std_;
};

}  // namespace

extern const PrepStepType standardize_step;
const PrepStepType standardize_step{
    "standardize", "", "shift and scale each channel or feature to mean 0 and deviation 1 over the training split", "",
    [](const std::string& argument, const StepContext& context) -> std::unique_ptr<PrepStep> {
      return std::make_unique<Standardize>(argument, context);
    }};

}  // namespace nn
