// SPDX-License-Identifier: MIT
#include "h5/command_line.h"

#include <algorithm>
#include <string_view>

#include "base/log.h"

namespace nn::h5 {
namespace {

std::string in_quotes(const std::string& word) {
  const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_@%+=:,./-").find(c) != std::string_view::npos;
  });
  if (plain) return word;
  const bool escaped = printable(word) != word;
  std::string out = escaped ? "$'" : "'";
  for (const char c : word) {
    if (escaped && c == '\n')
      out += "\\n";
    else if (escaped && (c == '\'' || c == '\\'))
      out += std::string("\\") + c;
    else if (c == '\'')
      out += "'\\''";
    else
      out += c;
  }
  return printable(out + "'");
}

}  // namespace

std::string command_line(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + in_quotes(word);
  return line;
}

}  // namespace nn::h5
