// SPDX-License-Identifier: MIT
#include "data/flag_meanings.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace nn {
namespace {

/// Bytes of a blank at the start of `rest` that readers may split at, 0 when there is none.
size_t blank_length(std::string_view rest) {
  using namespace std::string_view_literals;
  constexpr std::string_view blanks[] = {"\xc2\x85"sv,     "\xc2\xa0"sv,     "\xe1\x9a\x80"sv, "\xe2\x80\xa8"sv,
                                         "\xe2\x80\xa9"sv, "\xe2\x80\xaf"sv, "\xe2\x81\x9f"sv, "\xe3\x80\x80"sv};
  for (const std::string_view blank : blanks)
    if (rest.starts_with(blank)) return blank.size();
  const bool space = rest.size() >= 3 && rest.starts_with("\xe2\x80") && static_cast<unsigned char>(rest[2]) >= 0x80 &&
                     static_cast<unsigned char>(rest[2]) <= 0x8a;
  return space ? 3 : 0;
}

std::string word_of(std::string_view name) {
  std::string word;
  for (size_t i = 0; i < name.size();) {
    const char c = name[i];
    const size_t blank = blank_length(name.substr(i));
    const bool plain = static_cast<unsigned char>(c) >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                       (c >= 'A' && c <= 'Z') || std::string_view("_.+-@").find(c) != std::string_view::npos;
    word += blank == 0 && plain ? c : '_';
    i += std::max<size_t>(blank, 1);
  }
  return word.empty() ? "_" : word;
}

}  // namespace

std::string flag_meanings(const std::vector<std::string>& classes) {
  std::string text;
  std::unordered_set<std::string> taken;
  std::unordered_map<std::string, int64_t> next;  // number to try for a word, so that many equal ones do not start over
  for (const std::string& name : classes) {
    const std::string word = word_of(name);
    std::string one = word;
    for (int64_t& n = next.emplace(word, 2).first->second; !taken.insert(one).second;)
      one = word + "_" + std::to_string(n++);
    text += (text.empty() ? "" : " ") + one;
  }
  return text;
}

}  // namespace nn
