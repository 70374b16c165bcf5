// SPDX-License-Identifier: MIT
#include "base/text/names.h"

#include <fmt/format.h>

#include <unordered_set>

#include "base/error.h"
#include "base/log.h"

namespace nn {

NameIndex::NameIndex(std::span<const std::string> known) {
  for (size_t i = 0; i < known.size(); ++i) at_.emplace(known[i], static_cast<int64_t>(i));
}

int64_t NameIndex::find(std::string_view name) const {
  const auto found = at_.find(name);
  return found == at_.end() ? -1 : found->second;
}

std::vector<int64_t> places_of(std::span<const std::string> names, std::span<const std::string> known,
                               std::string_view what) {
  if (const std::vector<std::string> lacking = names_lacking(names, known); !lacking.empty())
    throw Error(fmt::format("unknown {} {}; known are {}", what, quoted_list(lacking), quoted_list(known)));
  const NameIndex index(known);
  std::vector<int64_t> found;
  found.reserve(names.size());
  for (const std::string& name : names) found.push_back(index.find(name));
  return found;
}

std::vector<std::string> names_lacking(std::span<const std::string> names, std::span<const std::string> known) {
  const NameIndex index(known);
  std::vector<std::string> lacking;
  for (const std::string& name : names)
    if (index.find(name) < 0) lacking.push_back(name);
  return lacking;
}

std::string quoted_list(std::span<const std::string> names, size_t most) {
  std::string text;
  for (size_t i = 0; i < names.size() && i < most; ++i)
    text += fmt::format("{}'{}'", i ? ", " : "", printable(names[i]));
  if (names.size() > most) text += fmt::format(" and {} more", names.size() - most);
  return text.empty() ? "none" : text;
}

void check_distinct(std::span<const std::string> names, std::string_view what) {
  std::unordered_set<std::string_view> seen;
  for (const std::string& name : names)
    if (!seen.insert(name).second) throw Error(fmt::format("{} '{}' stands twice", what, printable(name)));
}

}  // namespace nn
