// SPDX-License-Identifier: MIT
#include "base/text/columns.h"

#include <algorithm>

namespace nn {

size_t columns_of(const std::string& text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string fit(const std::string& text, size_t width, bool right) {
  std::string out = text;
  if (columns_of(out) > width) {
    size_t at = 0;
    for (size_t seen = 0; at < out.size(); ++at)
      if ((static_cast<unsigned char>(out[at]) & 0xC0) != 0x80 && ++seen == width) break;
    out = out.substr(0, at) + (width ? "." : "");
  }
  const std::string fill(width - std::min(width, columns_of(out)), ' ');
  return right ? fill + out : out + fill;
}

}  // namespace nn
