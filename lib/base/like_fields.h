// SPDX-License-Identifier: MIT
// The differences that a Like holds, by name, for people to read: nn-train --list likes.
#pragma once

#include <string>
#include <vector>

#include "base/like.h"

namespace nn {

struct LikeField {
  const char* name;     ///< of the field
  const char* option;   ///< that sets it alone; empty: none, --like decides
  std::string (*text)(const Like&);
};
/// Every field of the struct but its name, in order.
const std::vector<LikeField>& like_fields();

/// A line each: name, and the option with the values under each framework.
std::vector<std::pair<std::string, std::string>> list_likes();

}  // namespace nn
