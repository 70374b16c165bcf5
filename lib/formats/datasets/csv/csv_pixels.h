// SPDX-License-Identifier: MIT
// The order of pixels by the numbers in the names of their columns: pixel0 to pixel783, px_001, 1x1 to 28x28,
// row3_col4.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace nn {

struct PixelOrder {
  std::vector<size_t> order;  ///< place in `names` of each pixel
  bool moved = false;
};

/// Nothing when the names are no numbered ones of one kind: they stand as they stand. Error when numbers are missing or
/// stand twice, and for two numbers a name whose order in the file tells neither which of them is the row.
std::optional<PixelOrder> order_of_pixels(const std::vector<std::string>& names);

}  // namespace nn
