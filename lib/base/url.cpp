// SPDX-License-Identifier: MIT
#include "base/url.h"

#include <algorithm>

namespace nn {
namespace {

bool is_number(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// Length of the credentials at the start of what follows "://", up to the '@'; npos when there are none.
size_t credentials_length(std::string_view rest) {
  rest = rest.substr(0, rest.find_first_of(" \t\r\n'\"<>"));
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  if (const size_t at = authority.rfind('@'); at != std::string_view::npos) return at;
  // A password with '/', '?' or '#' in it that should have been written as %2F: what looks like a port is no number.
  const size_t colon = authority.rfind(':');
  const bool has_port = colon == std::string_view::npos || authority.ends_with(']') || is_number(authority.substr(colon + 1));
  return has_port ? std::string_view::npos : rest.rfind('@');
}

}  // namespace

std::string without_credentials(std::string_view text) {
  constexpr std::string_view mark = "://";
  std::string out;
  for (size_t at = text.find(mark); at != std::string_view::npos; at = text.find(mark)) {
    out += text.substr(0, at + mark.size());
    text.remove_prefix(at + mark.size());
    const size_t length = credentials_length(text);
    if (length == std::string_view::npos) continue;
    out += "***";
    text.remove_prefix(length);
  }
  return out += text;
}

}  // namespace nn
