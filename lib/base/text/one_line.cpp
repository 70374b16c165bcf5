// SPDX-License-Identifier: MIT
#include "base/text/one_line.h"

#include <algorithm>

namespace nn {
namespace {

constexpr std::string_view blanks = " \t\n\r\v\f";

}  // namespace

std::string in_one_line(std::string_view text) {
  if (text.find('\n') == std::string_view::npos) return std::string(text);
  std::string line;
  bool blank = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '#') i = std::min(text.find('\n', i), text.size());
    if (i == text.size() || blanks.find(text[i]) != std::string_view::npos) {
      blank = true;
      continue;
    }
    if (blank && !line.empty()) line += ' ';
    line += text[i];
    blank = false;
  }
  return line;
}

}  // namespace nn
