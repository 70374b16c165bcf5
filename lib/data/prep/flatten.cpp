// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "data/prep/step.h"

namespace nn {
namespace {

class Flatten final : public PrepStep {
 public:
  Flatten(const std::string& argument, const StepContext& context) : count_(context.shape.count()) {
    if (!argument.empty()) throw UsageError(fmt::format("flatten takes no value, found '{}'", argument));
  }
  Shape output_shape() const override { return Shape{count_}; }
  bool reshapes() const override { return true; }
  void apply(std::span<const float> in, std::span<float> out, std::span<const uint32_t>) const override {
    std::copy(in.begin(), in.end(), out.begin());
  }

 private:
  int64_t count_;
};

}  // namespace

extern const PrepStepType flatten_step;
const PrepStepType flatten_step{
    "flatten", "", "make each sample one row of features", "",
    [](const std::string& argument, const StepContext& context) -> std::unique_ptr<PrepStep> {
      return std::make_unique<Flatten>(argument, context);
    }};

}  // namespace nn
