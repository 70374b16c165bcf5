// SPDX-License-Identifier: MIT
#include "info/replay/file_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string_view>

#include "base/log.h"

namespace nn {
namespace {

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_@%+=:,./-").find(c) != std::string_view::npos;
}

std::string doubled_dollars(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '$' ? std::string("$$") : std::string(1, c);
  return out;
}

}  // namespace

std::string UniqueNames::as_recorded(const std::string& name) {
  const std::filesystem::path path(name), plain = path.lexically_normal();
  const bool inside = !name.empty() && path.is_relative() && path.has_filename() && *plain.begin() != ".." &&
                      std::find(path.begin(), path.end(), "..") == path.end();
  if (inside && name[0] != '-' && !make_name(name).empty() && taken_.insert(plain.string()).second) return name;
  return unique(path.filename().string());
}

std::string UniqueNames::unique(const std::string& name) {
  std::string safe;
  for (const char c : name)
    safe += std::string_view("/;=%*?[]~|&\\:#$'\"`<>(){}!^").find(c) != std::string_view::npos ||
                    static_cast<unsigned char>(c) < 0x20 || c == 0x7f
                ? '_'
                : c;
  if (safe.empty() || safe[0] == '-' || safe == "." || safe == "..") safe = "_" + safe;
  const std::filesystem::path path(safe);
  std::string found = safe;
  for (int n = 2; !taken_.insert(found).second; ++n)
    found = fmt::format("{}-{}{}", path.stem().string(), n, path.extension().string());
  return found;
}

std::string shell_quoted(const std::string& word) {
  if (!word.empty() && std::all_of(word.begin(), word.end(), is_plain)) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string recipe_quoted(const std::string& word) {
  std::string out;
  for (size_t at = 0;;) {
    const size_t end = word.find('\n', at);
    out += doubled_dollars(shell_quoted(word.substr(at, end - at)));
    if (end == std::string::npos) return out;
    out += "\"$$NEWLINE\"";
    at = end + 1;
  }
}

std::string make_name(const std::string& name) {
  if (name.empty() || name.find_first_of("\n\r;*?[=%") != std::string::npos || name[0] == '~' || name[0] == '|' ||
      name.back() == '\\' || name.back() == '&')
    return "";
  std::string out;
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (c == ' ' || c == '\t' || c == '#' || c == ':') {
      for (size_t b = i; b > 0 && name[b - 1] == '\\'; --b) out += '\\';
      out += '\\';
    }
    out += c == '$' ? std::string("$$") : std::string(1, c);
  }
  return out;
}

std::string comment_text(const std::string& text) { return printable(text); }

}  // namespace nn
