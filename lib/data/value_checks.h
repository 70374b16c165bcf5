// SPDX-License-Identifier: MIT
// What values of a data set must be, whether they were read whole or block by block.
#pragma once

#include <cstdint>
#include <string>

#include "h5/array.h"

namespace nn {

/// Error naming row and column of the first float that is no number. first_row: of the split, where these begin.
void check_finite(const h5::Array& rows, const std::string& path, int64_t first_row = 0);
/// Error unless all bytes are in the valid range; nothing for floats.
void check_pixels(const h5::Array& rows, const std::string& path, double valid_min, double valid_max);

}  // namespace nn
