// SPDX-License-Identifier: MIT
#include "base/option.h"

#include <algorithm>
#include <cmath>

namespace nn {

bool NumberRange::holds(double value) const {
  return (least_is_out ? value > least : value >= least) && (most_is_out ? value < most : value <= most);
}

std::string NumberRange::text() const {
  const bool from = std::isfinite(least), to = std::isfinite(most);
  if (from && to && !least_is_out && !most_is_out) return value_text(least) + " to " + value_text(most);
  std::string text;
  if (from) text = least_is_out ? "above " + value_text(least) : value_text(least) + " or more";
  if (to) text += std::string(from ? " and " : "") + (most_is_out ? "below " : "at most ") + value_text(most);
  return text;
}

Option::Option() = default;
Option::~Option() = default;
Option::Option(const Option& other) = default;
Option::Option(Option&& other) noexcept = default;
Option& Option::operator=(const Option& other) = default;
Option& Option::operator=(Option&& other) noexcept = default;

std::vector<std::string> Option::files() const {
  std::vector<std::string> names;
  for (const std::string& value : values ? values() : std::vector<std::string>{get()}) {
    if (value.empty()) continue;
    if (!file_names) {
      const bool keys = metavar.find(',') != std::string::npos;
      names.push_back(keys ? value.substr(0, value.find(',')) : value);
      continue;
    }
    const std::vector<std::string> found = file_names(value);
    names.insert(names.end(), found.begin(), found.end());
  }
  return names;
}

Option& Option::in(std::string_view profile, std::string value) {
  defaults.emplace_back(profile, std::move(value));
  const std::string* theirs = framework.empty() ? nullptr : default_in(framework);
  if (!theirs) return *this;
  if (usual) return set_usual(*theirs), *this;
  set(*theirs);
  default_text = get();
  return *this;
}

Option& Option::when_empty(std::string& field) {
  set_usual = [&field](std::string_view text) { field = text; };
  usual = [&field] { return field; };
  return *this;
}

Option& Option::called(std::string in_framework, std::string names) {
  there.push_back({std::move(in_framework), std::move(names), ""});
  return *this;
}

Option& Option::lacks(std::string in_framework, std::string instead) {
  there.push_back({std::move(in_framework), "-", std::move(instead)});
  return *this;
}

Option& Option::also(std::string words, std::string as) {
  further_words = std::move(words);
  example = std::move(as);
  return *this;
}

Option& Option::says(std::string words, std::string sentence) {
  sayings.push_back({std::move(words), std::move(sentence)});
  return *this;
}

Option& Option::value_also(std::string choice, std::string words) {
  choice_words.push_back({std::move(choice), "", std::move(words)});
  return *this;
}

Option& Option::value_says(std::string words, std::string sentence) {
  sayings_of_values.push_back({std::move(words), std::move(sentence)});
  return *this;
}

std::string Option::in_force() const {
  const std::string value = get();
  return value.empty() && usual ? usual() : value;
}

const std::string* Option::default_in(std::string_view profile) const {
  const auto of = [&](std::string_view wanted) -> const std::string* {
    const auto at = std::find_if(defaults.begin(), defaults.end(), [&](const auto& d) { return d.first == wanted; });
    return at == defaults.end() ? nullptr : &at->second;
  };
  const std::string* exact = of(profile);
  return exact ? exact : of(profile.substr(0, profile.find('-')));
}

const FrameworkOption* Option::in_framework(std::string_view framework_name) const {
  const auto at =
      std::find_if(there.begin(), there.end(), [&](const auto& t) { return t.framework == framework_name; });
  return at == there.end() ? nullptr : &*at;
}

Candidate Option::words() const {
  Candidate words{name, "", further_words};
  for (const FrameworkOption& f : there) words.there += (words.there.empty() ? "" : ",") + f.names;
  return words;
}

}  // namespace nn
