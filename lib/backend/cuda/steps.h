// SPDX-License-Identifier: MIT
// The table of steps of one op: the maker of each, in a file of ops/. An op of graph/ops.h without a line in steps.def
// is refused by name when a plan is made. To add one: its file in ops/, a line in steps.def, and, where the file is
// new, a line in kernels.cu.
#pragma once

#include "backend/cuda/step.h"

namespace nn::cuda {

#define STEP(Kind) std::unique_ptr<Step> make_step(const Kind& op, const Setup& setup);
#include "backend/cuda/steps.def"
#undef STEP

template <class Kind>
inline constexpr bool has_step = false;
#define STEP(Kind) \
  template <>      \
  inline constexpr bool has_step<Kind> = true;
#include "backend/cuda/steps.def"
#undef STEP

}  // namespace nn::cuda
