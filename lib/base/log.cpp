// SPDX-License-Identifier: MIT
#include "base/log.h"

#include <cstdint>
#include <cstdio>

#include "base/url.h"

namespace nn {
namespace {

// One call a line, so that lines of several processes on one terminal do not mix.
void put(const std::string& message) {
  const std::string line = without_credentials(message) + '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
  std::fflush(stderr);
}

// Bytes of the valid UTF-8 character at `at` (no overlong forms, no surrogates, no C1 controls), 0 if there is none.
size_t utf8_length(const std::string& text, size_t at) {
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
  // Marks that turn the direction of writing around can disguise a name.
  if ((code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069)) return 0;
  return length;
}

}  // namespace

void Log::error(const std::string& message) const { put(tool_ + ": " + message); }

void Log::warning(const std::string& message) const {
  if (level_ >= -1) put(tool_ + ": warning: " + message);
}

void Log::note(const std::string& message) const {
  if (level_ >= 0) put(tool_ + ": note: " + message);
}

void Log::info(const std::string& message) const {
  if (level_ >= 0) put(message);
}

void Log::detail(const std::string& message) const {
  if (level_ >= 1) put(tool_ + ": " + message);
}

std::string printable(const std::string& foreign) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (size_t i = 0; i < foreign.size();) {
    const auto c = static_cast<unsigned char>(foreign[i]);
    const size_t length = c < 0x20 || c == 0x7F ? 0 : utf8_length(foreign, i);
    if (length == 0) {
      out += "\\x";
      out += digits[c >> 4];
      out += digits[c & 15];
      ++i;
    } else {
      out.append(foreign, i, length);
      i += length;
    }
  }
  return out;
}

}  // namespace nn
