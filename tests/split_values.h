// SPDX-License-Identifier: MIT
// Columns of a split as vectors, which compare and outlive it.
#pragma once

#include <cstdint>
#include <vector>

#include "data/split.h"

namespace nn_test {

inline std::vector<int32_t> labels_of(const nn::Split& split) { return {split.labels().begin(), split.labels().end()}; }

inline std::vector<int64_t> sample_of(const nn::Split& split) { return {split.sample().begin(), split.sample().end()}; }

}  // namespace nn_test
