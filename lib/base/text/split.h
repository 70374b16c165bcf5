// SPDX-License-Identifier: MIT
// Text cut at a separator.
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

namespace nn {

/// The parts between separators, empty ones too; one part when there is no separator. They are views of `text`.
inline std::vector<std::string_view> split_at(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(separator, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

}  // namespace nn
