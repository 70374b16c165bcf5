// SPDX-License-Identifier: MIT
#include "data/split_names.h"

#include <algorithm>

#include "base/error.h"
#include "base/log.h"

namespace nn {
namespace {

// The word that we use ourselves is the first of its split.
constexpr SplitName table[] = {
    {"train", "train"}, {"training", "train"},                                                                 //
    {"val", "val"},     {"valid", "val"},      {"validation", "val"}, {"dev", "val"}, {"development", "val"},  //
    {"test", "test"},   {"testing", "test"},   {"t10k", "test"},
};

/// What else stands at the root of a dataset's file.
constexpr std::string_view reserved[] = {"class", "feature", "target", "channel", "x", "y", "prep", "preview"};

}  // namespace

std::span<const SplitName> split_names() { return table; }

std::string split_for(std::string_view word) {
  std::string lower(word);
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const auto found = std::ranges::find_if(table, [&](const SplitName& name) { return lower == name.word; });
  return found == std::end(table) ? "" : found->split;
}

std::string split_names_text() {
  std::string text, others;
  const auto close = [&] {
    if (!others.empty()) text += " (" + others + ")";
    others.clear();
  };
  for (const SplitName& name : table) {
    if (std::string_view(name.word) != name.split) {
      others += (others.empty() ? "" : ", ") + std::string(name.word);
      continue;
    }
    close();
    text += (text.empty() ? "" : ", ") + std::string(name.split);
  }
  close();
  return text;
}

void check_split_name(const std::string& name) {
  const auto refuse = [&](const char* why) {
    throw Error("a split called '" + printable(name.substr(0, 80)) + "': " + why);
  };
  if (name.empty() || name.size() > 64) refuse("a name has 1 to 64 bytes");
  if (printable(name) != name || name.find_first_of("/\\") != std::string::npos || name.front() == '.' ||
      name.front() == ' ')
    refuse("a name is printable text without '/' and '\\' and does not begin with a dot or blank");
  if (std::ranges::find(reserved, name) != std::end(reserved))
    refuse("that is the name of another part of a dataset's file");
}

int split_rank(std::string_view name) { return name == "train" ? 0 : name == "val" ? 1 : name == "test" ? 2 : 3; }

std::string split_hint(const std::string& name) {
  const bool number = !name.empty() && name.find_first_not_of("0123456789.%") == std::string::npos;
  const size_t dot = name.rfind('.');
  const bool file = !number && (name.find('/') != std::string::npos || (dot != std::string::npos && dot > 0));
  if (number || name == "val") return "; nn-prep --split val=20% separates a validation split";
  if (name == "test") return "; nn-prep --split test=20% separates a test split";
  return file ? "; a split is named, not a file: nn-prep --split val=20% separates one" : "";
}

}  // namespace nn
