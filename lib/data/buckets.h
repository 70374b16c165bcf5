// SPDX-License-Identifier: MIT
// Samples of like length together, so that a batch of ragged rows is little padded, or packed evenly.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/rng.h"
#include "data/column.h"

namespace nn {

/// The same rows in another order: of each `window` batches of `batch` rows, rows are sorted by their length in the
/// ragged column (those of one length keep their order), cut into batches again, and these batches come in a random
/// order drawn from `stream`, which is none of the frameworks'. A last batch that is not full stays the last, and holds
/// the shortest rows of its window. A window of 1 or less changes nothing.
std::vector<int64_t> in_buckets(std::span<const int64_t> rows, const Column& ragged, int64_t batch, int64_t window,
                                Stream& stream);

}  // namespace nn
