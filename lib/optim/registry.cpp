// SPDX-License-Identifier: MIT
// The table of optimizers, written out so that the linker keeps every entry.
#include "optim/optimizer.h"

namespace nn {

#define PLUGIN_TYPE OptimizerType
#define PLUGIN_TABLE optimizer_types
#define PLUGIN_OBJECT(name) name##_optimizer
#define PLUGIN_LIST "optim/optimizers.def"
#include "base/plugin_table.inc"

void Optimizer::set_momentum(double) {
  throw UsageError(
      "the schedule moves the momentum, but this optimizer has none: choose sgd, rmsprop or one of the adam family, "
      "or add cycle-momentum=false to the schedule");
}

Configured<Optimizer> make_optimizer(std::string_view text, const FrameworkRules& like) {
  return make_from_spec(optimizer_types(), parse_spec(text, ','), "optimizer", like.name);
}

}  // namespace nn
