// SPDX-License-Identifier: MIT
// Recorded values in JSON.
#pragma once

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/text/json.h"

namespace nn_test {

using nn::Json;

inline Json json_file(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return Json::parse(text.str());
}

/// All numbers of a list, those of lists inside it too, in order.
inline std::vector<double> numbers(const Json& json) {
  if (json.is_number()) return {json.number()};
  std::vector<double> values;
  for (const Json& item : json.items())
    for (const double v : numbers(item)) values.push_back(v);
  return values;
}

}  // namespace nn_test
