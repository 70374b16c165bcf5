// SPDX-License-Identifier: MIT
// Members of a step of a provenance, as it stands in a file: anyone may have written it.
#pragma once

#include <string>
#include <vector>

#include "base/text/json.h"

namespace nn {

/// Empty when it is absent, or no text.
inline std::string text_of(const Json& step, const char* key) {
  const Json* found = step.find(key);
  return found && found->is_string() ? found->string() : std::string();
}

/// None when it is absent; Error when it is no array of texts.
inline std::vector<std::string> texts_of(const Json& step, const char* key) {
  std::vector<std::string> texts;
  if (const Json* found = step.find(key))
    for (const Json& one : found->items()) texts.push_back(one.string());
  return texts;
}

inline bool flag_of(const Json& entry, const char* key) {
  const Json* found = entry.find(key);
  return found && found->boolean();
}

/// The words behind the tool's name: its arguments, where argv does not hold them as they were.
inline std::vector<std::string> words_of_step(const Json& step) {
  std::vector<std::string> words = texts_of(step, step.find("arguments") ? "arguments" : "argv");
  if (!step.find("arguments") && !words.empty()) words.erase(words.begin());
  return words;
}

}  // namespace nn
