// SPDX-License-Identifier: MIT
#pragma once

namespace nn::formula {

/// No update formula (updates.h) needs more.
inline constexpr int max_slots = 3, max_constants = 9;

}  // namespace nn::formula
