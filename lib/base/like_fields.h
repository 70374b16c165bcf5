// SPDX-License-Identifier: MIT
// The differences that a Like holds, by name, and the option that sets each alone: nn-train --list likes.
#pragma once

#include <string>
#include <vector>

#include "base/framework_rules.h"

namespace nn {

/// Where the option of a field is found.
enum class LikePlace { option, rate, layer, initializer, optimizer, schedule, loss, callback };

struct LikeField {
  const char* name;  ///< of the field
  LikePlace place;
  const char* users;  ///< names of what has the key, joined by blanks; empty: all that have it
  const char* key;    ///< of the user; option: its name, as "streams", or with a key "clip-norm X,each="
  std::string (*text)(const FrameworkRules&);

  std::string option() const;  ///< as it is written: "--optimizer adagrad,eps="
  bool is_of(const std::string& user) const;
};
/// Every field of the struct but its name and what the frameworks refuse, in order.
const std::vector<LikeField>& like_fields();

/// 1 - 0.99 is shown as 0.01, not as 0.010000000000000009.
std::string for_the_eye(const std::string& value);
/// nn-train --list likes: name, the value under each framework of like_names(), and the option that sets it.
std::vector<std::vector<std::string>> like_rows();
std::vector<std::string> like_columns();  ///< heads of these but the name's

}  // namespace nn
