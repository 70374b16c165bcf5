// SPDX-License-Identifier: MIT
#include "base/printable.h"

#include <cstdint>

#include "base/log.h"

namespace nn {
namespace {

/// Marks that turn the direction of writing around, or end a line, can disguise a name.
bool turns_direction(uint32_t code) {
  return code == 0x061C || code == 0x200E || code == 0x200F || (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

// Bytes of the valid UTF-8 character at `at` (no overlong forms, no surrogates, no C1 controls), 0 if there is none. marks:
// those of direction count as valid.
size_t utf8_length(std::string_view text, size_t at, bool marks) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const unsigned first = byte(at);
  size_t length = 0;
  uint32_t code = 0;
  if (first < 0x80) return 1;
  if ((first & 0xE0) == 0xC0) {
    length = 2;
    code = first & 0x1F;
  } else if ((first & 0xF0) == 0xE0) {
    length = 3;
    code = first & 0x0F;
  } else if ((first & 0xF8) == 0xF0) {
    length = 4;
    code = first & 0x07;
  } else {
    return 0;
  }
  for (size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return 0;
    code = code << 6 | (byte(at + i) & 0x3F);
  }
  constexpr uint32_t least[] = {0, 0, 0xA0, 0x800, 0x10000};
  if (code < least[length] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return 0;
  return turns_direction(code) && !marks ? 0 : length;
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
    const size_t length = of_lines ? 1 : c < 0x20 || c == 0x7F ? 0 : utf8_length(text, i, marks);
    if (length == 0) append_escaped(out, c);
    else out.append(text, i, length);
    i += length == 0 ? 1 : length;
  }
  return out;
}

}  // namespace

std::string printable(const std::string& foreign) { return escaped(foreign, false, false); }
std::string printable_lines(std::string_view text, bool terminal) { return escaped(text, true, !terminal); }

}  // namespace nn
