// SPDX-License-Identifier: MIT
// Which inputs a step of the record made. Early files of version 0.1 named, for a file that was made with --no-history,
// the last step of its record: two files then stand for the main output of one step.
#pragma once

#include <map>
#include <set>
#include <string>

#include "base/text/json.h"

namespace nn {

class OutputClaims {
 public:
  explicit OutputClaims(const Json& steps);
  /// Whether the step that the input names made it; recorded: the name of that step's main output in its command. Of
  /// several files it is the one that was read under that name. Error when that is none, or more than one.
  bool is_made(const Json& input, const std::string& recorded) const;

 private:
  std::map<std::string, std::map<std::string, std::set<std::string>>> names_;  // by step and digest
};

}  // namespace nn
