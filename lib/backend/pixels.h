// SPDX-License-Identifier: MIT
// Pixels whose values are their bytes times one factor. Bytes have eight significant bits, as many as a bf16 number, so
// that products of bf16 numbers may take them as they are: exact, with the factor in the other operand.
#pragma once

#include <span>

#include "backend/backend.h"

namespace nn {

/// Of values{C, 256}: the factor that they are bytes times, but for rounding to float, in all channels; else 0.
float factor_of_bytes(std::span<const float> values);

/// The same for a dense layer of one row per sample that is all that reads the plan's pixels, by way of reshapes or
/// not: Precision::bf16 multiplies them as bytes, and so may float32. 0 for other ops.
float factor_of_bytes(const Graph& graph, const PlanOptions& options, const Op& op);

}  // namespace nn
