// SPDX-License-Identifier: MIT
// A length of time as people write it: "3h50m", "90s", "45m", "1d", "1.5h". Units are needed, the largest first, each
// once.
#pragma once

#include <string_view>

namespace nn {

/// Seconds; UsageError that says what was expected and what was found.
double parse_duration(std::string_view text);

}  // namespace nn
