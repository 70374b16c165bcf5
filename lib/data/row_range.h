// SPDX-License-Identifier: MIT
// Rows of a split, as --rows names them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nn {

/// "0:10", "5:", ":10", "7" or several joined by commas, of n rows; UsageError when malformed or out of range.
std::vector<int64_t> parse_rows(const std::string& text, int64_t n);

}  // namespace nn
