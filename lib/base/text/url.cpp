// SPDX-License-Identifier: MIT
#include "base/text/url.h"

#include <algorithm>

namespace nn {
namespace {

constexpr const char* blanks_and_quotes = " \t\r\n'\"<>";  // they end a URL

bool is_number(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// Length of the credentials at the start of what follows "://", up to the '@'; npos when there are none.
size_t credentials_length(std::string_view rest) {
  rest = rest.substr(0, rest.find_first_of(blanks_and_quotes));
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  if (const size_t at = authority.rfind('@'); at != std::string_view::npos) return at;
  // A password with '/', '?' or '#' in it that should have been written as %2F: what looks like a port is no number.
  const size_t colon = authority.rfind(':');
  const bool has_port =
      colon == std::string_view::npos || authority.ends_with(']') || is_number(authority.substr(colon + 1));
  return has_port ? std::string_view::npos : rest.rfind('@');
}

/// Whether a parameter of this name is one, as "access_token" and "X-Amz-Signature".
bool names_secret(std::string_view name) {
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  constexpr std::string_view words[] = {"passw", "pwd", "token", "key", "secret", "signature", "credential"};
  return lower == "sig" ||
         std::ranges::any_of(words, [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

/// A URL, with "***" for the values of such parameters.
std::string without_secrets(std::string_view url) {
  size_t at = std::min(url.find('?'), url.size());
  std::string out(url.substr(0, at));
  while (at < url.size()) {
    const size_t end = std::min(url.find_first_of("&;#", at + 1), url.size());
    const std::string_view part = url.substr(at, end - at);
    const size_t equals = part.find('=');
    const bool secret = equals != std::string_view::npos && names_secret(part.substr(1, equals - 1));
    out += secret ? std::string(part.substr(0, equals + 1)) + "***" : std::string(part);
    at = end;
  }
  return out;
}

constexpr std::string_view mark = "://";

std::string without_users(std::string_view text) {
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

}  // namespace

std::string without_credentials(std::string_view given) {
  const std::string users_left_out = without_users(given);
  std::string_view text = users_left_out;
  std::string out;
  for (size_t at = text.find(mark); at != std::string_view::npos; at = text.find(mark)) {
    out += text.substr(0, at + mark.size());
    text.remove_prefix(at + mark.size());
    const size_t length = std::min(text.find_first_of(blanks_and_quotes), text.size());
    out += without_secrets(text.substr(0, length));
    text.remove_prefix(length);
  }
  return out += text;
}

}  // namespace nn
