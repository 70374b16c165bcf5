// SPDX-License-Identifier: MIT
#include "base/words.h"

#include <algorithm>

#include "base/text/split.h"

namespace nn {

std::string folded_word(std::string_view word) {
  constexpr size_t longest = 64;  // a long text must not cost time
  if (word.size() > longest) return "";
  word = word.substr(0, word.find_first_of("( "));
  if (const size_t dot = word.rfind('.'); dot != std::string_view::npos) word.remove_prefix(dot + 1);
  std::string out;
  for (const char c : word)
    if (c != '_' && c != '-') out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

bool has_word(std::string_view list, char between, const std::string& word) {
  if (list.empty() || word.empty()) return false;
  const auto words = split_at(list, between);
  return std::any_of(words.begin(), words.end(), [&](std::string_view w) {
    return folded_word(w.substr(std::min(w.find_first_not_of(' '), w.size()))) == word;
  });
}

bool is_called(const Candidate& candidate, const std::string& folded) {
  return has_word(candidate.there, ',', folded) || has_word(candidate.also, ' ', folded);
}

std::vector<std::string> our_names(std::string_view word, std::span<const Candidate> known) {
  constexpr size_t most = 3;
  const std::string wanted = folded_word(word);
  std::vector<std::string> names;
  if (wanted.empty()) return names;
  const auto add_if = [&](const auto& is_it) {
    for (const Candidate& c : known)
      if (names.size() < most && is_it(c) && std::find(names.begin(), names.end(), c.name) == names.end())
        names.push_back(c.name);
  };
  add_if([&](const Candidate& c) { return folded_word(c.name) == wanted; });
  if (names.size() == 1) return names;  // dropout is no droppath, though Keras has that as Dropout(noise_shape)
  add_if([&](const Candidate& c) { return has_word(c.there, ',', wanted); });
  add_if([&](const Candidate& c) { return has_word(c.also, ' ', wanted); });
  return names;
}

std::string said_of(std::string_view word, std::span<const Saying> sayings) {
  const std::string wanted = folded_word(word);
  for (const Saying& saying : sayings)
    if (has_word(saying.words, ' ', wanted)) return saying.sentence;
  return "";
}

}  // namespace nn
