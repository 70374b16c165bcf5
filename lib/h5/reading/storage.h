// SPDX-License-Identifier: MIT
// Before values are read: what a file declares of a dataset is held against what it stores, and memory is asked for.
// Seen by lib/h5 only.
#pragma once

#include <cstdint>
#include <string>

#include "base/system/budget.h"
#include "h5/array.h"
#include "h5/reading/contents.h"

namespace nn::h5 {

/// What a file declares is believed only as far as the bytes that it stores can yield; Error otherwise.
void check_storage(const Object& set, const std::string& place);
/// Error unless rows begin..end-1 are some of the dataset's.
void check_rows(const Object& set, int64_t begin, int64_t end, const std::string& place);
/// Of anything, after the budget was asked.
Array make_array(Type type, const Shape& shape, const std::string& place, const Budget& budget);

}  // namespace nn::h5
