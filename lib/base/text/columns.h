// SPDX-License-Identifier: MIT
// Text in the columns of a terminal.
#pragma once

#include <cstddef>
#include <string>

namespace nn {

/// Characters that take a column of the terminal: UTF-8 continuation bytes do not.
size_t columns_of(const std::string& text);
/// Filled with blanks to that width, or cut with a final dot.
std::string fit(const std::string& text, size_t width, bool right = false);

}  // namespace nn
