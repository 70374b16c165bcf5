// SPDX-License-Identifier: MIT
#include "formats/utf8.h"

#include "base/error.h"
#include "base/log.h"

namespace nn {
namespace {

/// Bytes of the UTF-8 character at the start, 0 when it is none (RFC 3629: nothing overlong, no surrogates).
size_t utf8_length(std::string_view text) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const size_t length = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
  for (size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  const unsigned second = byte(1);
  if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second >= 0xA0) || (first == 0xF0 && second < 0x90) || (first == 0xF4 && second >= 0x90)) return 0;
  return length;
}
}  // namespace

bool is_utf8(std::string_view text) {
  for (size_t i = 0, length = 0; i < text.size(); i += length)
    if ((length = utf8_length(text.substr(i))) == 0) return false;
  return true;
}

void check_utf8(std::string_view text) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
    throw Error("text in UTF-16; convert it first, as in iconv -f UTF-16 -t UTF-8 FILE > NEW");
  size_t line = 1, start = 0;
  for (size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x80) {
      if (c == '\n') ++line, start = i + 1;
      ++i;
      continue;
    }
    const size_t length = utf8_length(text.substr(i));
    if (length == 0)
      throw Error("line " + std::to_string(line) + ", column " + std::to_string(i - start + 1) + ": the byte " + printable(std::string(text.substr(i, 1))) +
                  " is not UTF-8; convert the text first, as in iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW");
    i += length;
  }
}

}  // namespace nn
