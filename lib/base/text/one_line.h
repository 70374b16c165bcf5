// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace nn {

/// Text of several lines, as of layers, as one: comments (# to the end of a line) left out, its words joined by one
/// blank. One line stays as it is.
std::string in_one_line(std::string_view text);

}  // namespace nn
