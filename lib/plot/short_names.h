// SPDX-License-Identifier: MIT
// Names cut to a width so that each can still be told from the others.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace nn {

/// Each name in at most `width` columns (at least 1). Those that fit stay whole. The longer ones are cut at the end, or
/// in the middle where the beginnings agree, or stand with their number in the list in front where both ends agree.
std::vector<std::string> short_names(const std::vector<std::string>& names, size_t width);

}  // namespace nn
