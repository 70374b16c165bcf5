// SPDX-License-Identifier: MIT
#include "base/text/printable.h"

#include <cstdint>

#include "base/log.h"
#include "base/text/utf8.h"

namespace nn {
namespace {

/// Marks that turn the direction of writing around, or end a line, can disguise a name.
bool turns_direction(uint32_t code) {
  return code == 0x061C || code == 0x200E || code == 0x200F || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069);
}

/// Of two names that differ by a character without a width only, one passes for the other.
bool has_no_width(uint32_t code) { return code == 0x200B || code == 0x2060 || code == 0xFEFF; }

/// Bytes of the character at the start of a text when it may be printed, else 0. marks: those that disguise may.
size_t printable_length(std::string_view text, bool marks) {
  const auto [length, code] = first_character(text);
  const bool control = code < 0x20 || (code >= 0x7F && code < 0xA0);  // C0, DEL, C1
  return control || ((turns_direction(code) || has_no_width(code)) && !marks) ? 0 : length;
}

void append_escaped(std::string& out, unsigned char c) {
  constexpr char digits[] = "0123456789abcdef";
  out += "\\x";
  out += digits[c >> 4];
  out += digits[c & 15];
}

std::string escaped(std::string_view text, bool lines, bool marks) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool of_lines = lines && (c == '\n' || c == '\t' || c == '\r');
    const size_t length = of_lines ? 1 : printable_length(text.substr(i), marks);
    if (length == 0)
      append_escaped(out, c);
    else
      out.append(text, i, length);
    i += length == 0 ? 1 : length;
  }
  return out;
}

}  // namespace

std::string printable(const std::string& foreign) { return escaped(foreign, false, false); }
std::string printable_lines(std::string_view text, bool terminal) { return escaped(text, true, !terminal); }

std::string cut_word(std::string_view word) {
  constexpr size_t most = 200;
  size_t kept = 160;
  if (word.size() <= most) return std::string(word);
  while (kept > 0 && (static_cast<unsigned char>(word[kept]) & 0xC0) == 0x80) --kept;  // no letter is cut in two
  return std::string(word.substr(0, kept)) + "...";
}

}  // namespace nn
