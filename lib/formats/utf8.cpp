// SPDX-License-Identifier: MIT
#include "formats/utf8.h"

#include <algorithm>

#include "base/error.h"
#include "base/log.h"
#include "base/text/utf8.h"

namespace nn {

bool is_utf8(std::string_view text) { return invalid_utf8(text) == std::string_view::npos; }

void check_utf8(std::string_view text) {
  using namespace std::string_view_literals;
  if (text.starts_with("\xFF\xFE\0\0"sv) || text.starts_with("\0\0\xFE\xFF"sv))
    throw Error("text in UTF-32; convert it first, as in iconv -f UTF-32 -t UTF-8 FILE > NEW");
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
    throw Error("text in UTF-16; convert it first, as in iconv -f UTF-16 -t UTF-8 FILE > NEW");
  const size_t at = invalid_utf8(text);
  if (at == std::string_view::npos) return;
  const std::string_view before = text.substr(0, at);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const size_t start = before.rfind('\n') + 1;  // of the line; npos + 1 is 0
  throw Error("line " + std::to_string(line) + ", byte " + std::to_string(at - start + 1) + ": the byte " +
              printable(std::string(text.substr(at, 1))) +
              " is not UTF-8; convert the text first, as in iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW");
}

}  // namespace nn
