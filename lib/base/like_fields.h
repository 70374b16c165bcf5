// SPDX-License-Identifier: MIT
// The differences that a Like holds, by name, and the option that sets each alone: nn-train --list likes.
#pragma once

#include <string>
#include <vector>

#include "base/like.h"

namespace nn {

/// Where the option of a field is found.
enum class LikePlace { option, rate, layer, initializer, optimizer, schedule, loss, callback };

struct LikeField {
  const char* name;     ///< of the field
  LikePlace place;
  const char* users;    ///< names of what has the key, joined by blanks; empty: all that have it
  const char* key;      ///< of the user; option: its name, as "streams", or with a key "clip-norm X,each="
  std::string (*text)(const Like&);

  std::string option() const;  ///< as it is written: "--optimizer adagrad,eps="
  bool is_of(const std::string& user) const;
};
/// Every field of the struct but its name and what the frameworks refuse, in order.
const std::vector<LikeField>& like_fields();

/// A line each: name, and the option with the values under each framework.
std::vector<std::pair<std::string, std::string>> list_likes();

}  // namespace nn
