// SPDX-License-Identifier: MIT
// The table of optimizers, written out so that the linker keeps every entry.
#include "base/plugin.h"
#include "optim/checks.h"
#include "optim/optimizer.h"

namespace nn {

#define OPTIMIZER(name) extern const OptimizerType name##_optimizer;
#include "optim/optimizers.def"
#undef OPTIMIZER

Table<OptimizerType> optimizer_types() {
  static const OptimizerType* const all[] = {
#define OPTIMIZER(name) &name##_optimizer,
#include "optim/optimizers.def"
#undef OPTIMIZER
  };
  return all;
}

void Optimizer::set_momentum(double) {
  throw UsageError(
      "the schedule moves the momentum, but this optimizer has none: choose sgd, rmsprop or one of the adam family, "
      "or add cycle-momentum=false to the schedule");
}

std::unique_ptr<Optimizer> make_optimizer(std::string_view text, const FrameworkRules& like) {
  return make_from_spec(optimizer_types(), parse_spec(text, ','), "optimizer",
                        [&](Optimizer& made) { made.like(like); });
}

void check_share(const char* option, double value) {
  if (!(value >= 0 && value < 1))
    throw UsageError(std::string(option) + " must be at least 0 and below 1, found " + value_text(value));
}

void check_positive(const char* option, double value) {
  if (!(value > 0 && value <= 1e6))
    throw UsageError(std::string(option) + " must be above 0, found " + value_text(value));
}

void check_not_negative(const char* option, double value) {
  if (!(value >= 0 && value <= 1e6))
    throw UsageError(std::string(option) + " must not be negative, found " + value_text(value));
}

}  // namespace nn
