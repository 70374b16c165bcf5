// SPDX-License-Identifier: MIT
#include "base/option_union.h"

#include <set>
#include <stdexcept>

namespace nn {
namespace {

/// "Options of csv, tsv"
std::string heading(const std::vector<std::string>& owners) {
  std::string text = "Options of ";
  for (size_t i = 0; i < owners.size(); ++i) text += (i ? ", " : "") + owners[i];
  return text;
}

}  // namespace

void OptionUnion::add(std::string owner, OptionSet options) {
  sets_.emplace_back(std::move(owner), std::move(options));
}

void OptionUnion::declare(OptionSet& set) {
  std::set<std::string> all;
  for (const auto& entry : sets_) all.insert(entry.first);
  for (auto& [owner, options] : sets_)
    for (Option& option : options.all()) {
      Option* shared = set.find(option.name);
      if (!shared) {
        const std::vector<std::string> having = owners(option.name);
        if (having.size() < all.size()) option.in_group(heading(having));
        set.add(option);
        continue;
      }
      if (shared->help != option.help || shared->metavar != option.metavar || shared->choices != option.choices ||
          shared->default_text != option.default_text)
        throw std::logic_error("option " + option.name + " of " + owner + " is declared otherwise before");
      shared->set = [first = shared->set, second = option.set](std::string_view value) { first(value), second(value); };
    }
}

bool OptionUnion::has(std::string_view owner, std::string_view option) const {
  for (const auto& [name, options] : sets_)
    if (name == owner && options.find(option)) return true;
  return false;
}

std::vector<std::string> OptionUnion::owners(std::string_view option) const {
  std::vector<std::string> names;
  for (const auto& [name, options] : sets_)
    if (options.find(option)) names.push_back(name);
  return names;
}

}  // namespace nn
