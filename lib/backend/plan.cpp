// SPDX-License-Identifier: MIT
#include "backend/plan.h"

#include <stdexcept>

namespace nn {

void Plan::run(const StepsAhead&, std::span<StepOutcome>) {
  throw std::logic_error("several steps were asked of a plan that does one at a time");
}

}  // namespace nn
