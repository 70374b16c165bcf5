// SPDX-License-Identifier: MIT
// Text of files is UTF-8: its characters, and the check of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace nn {

struct Utf8Character {
  size_t length = 0;  ///< bytes; 0 when there is no character (as RFC 3629: no overlong forms, no surrogates)
  uint32_t code = 0;
};
/// The character at the start of a text that is not empty.
Utf8Character first_character(std::string_view text);

/// The bytes of a character, a code point that exists, at the end of a text.
void append_utf8(std::string& to, uint32_t code);

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";  // editors on Windows begin a text with it
/// The text without the marks in front of it.
std::string_view without_mark(std::string_view text);

/// Each character of the text to character(code, bytes); each byte that is in none to bad().
template <class Character, class Bad>
void each_character(std::string_view text, Character&& character, Bad&& bad) {
  while (!text.empty()) {
    const Utf8Character c = first_character(text);
    c.length ? character(c.code, text.substr(0, c.length)) : bad();
    text.remove_prefix(c.length ? c.length : 1);
  }
}

/// Where the first byte stands that is not UTF-8; npos when all is.
size_t invalid_utf8(std::string_view text);

}  // namespace nn
