// SPDX-License-Identifier: MIT
// Shares in percent.
#pragma once

#include <string>

namespace nn {

/// "97 %"; a share that is not quite one is never "100 %" but ">99 %", and one above none never "0 %" but "<1 %".
std::string percent_text(double share, int digits = 0);

}  // namespace nn
