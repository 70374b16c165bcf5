// SPDX-License-Identifier: MIT
// A dense layer on samples of several rows, {..., in} -> {..., out}: the step of a dense layer (matmul.cpp,
// matmul_bf16.cpp) with every row of a sample as a sample of its own, and relu behind it.
#pragma once

#include "backend/cpu/plan/pattern.h"

namespace nn::cpu {

/// How many ops such a step does: a product of several rows per sample, and relu.
size_t match_dense_rows(const Chain& chain);

/// make: the step for one row per sample.
StepPointer make_dense_rows(StepData data, StepPointer (*make)(StepData));

}  // namespace nn::cpu
