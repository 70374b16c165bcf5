// SPDX-License-Identifier: MIT
// A plug-in is one const descriptor with a `name` and a `summary`; a table is a const array of pointers to them,
// written out in one file (a self-registering object is dropped by the linker from a static library).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/words.h"

namespace nn {

/// The names nearest to `name` by edit distance, best first; empty when none is near.
std::vector<std::string> nearest(std::string_view name, std::span<const std::string> known);

/// "unknown layer 'danse' (did you mean dense?)", or "...: here it is 'dense'" for a framework's word; lists the known
/// ones else.
std::string unknown_name(std::string_view what, std::string_view name, std::span<const Candidate> known,
                         std::span<const Saying> sayings = {});
std::string unknown_name(std::string_view what, std::string_view name, std::span<const std::string> known);

/// " (nn-layers(7))": the man page on names of that kind; that on frameworks only for a word of theirs.
std::string page_on(std::string_view kind, bool of_framework);

template <class T>
using Table = std::span<const T* const>;

template <class T>
std::vector<std::string> names_of(Table<T> table) {
  std::vector<std::string> names;
  for (const T* entry : table) names.emplace_back(entry->name);
  return names;
}

/// The names of a table with what they are elsewhere, where its entries say so (known_as).
template <class T>
std::vector<Candidate> candidates_of(Table<T> table) {
  std::vector<Candidate> all;
  for (const T* entry : table) {
    Candidate& c = all.emplace_back(Candidate{entry->name, "", ""});
    if constexpr (requires { entry->known_as; }) {
      c.there = std::string(entry->known_as.pytorch) + "," + entry->known_as.keras;
      c.also = entry->known_as.also;
    }
  }
  return all;
}

/// The entry of that name; UsageError with the nearest one otherwise. `what` is the kind, as "optimizer".
template <class T>
const T& find_in(Table<T> table, std::string_view name, std::string_view what, std::span<const Saying> sayings = {}) {
  for (const T* entry : table)
    if (entry->name == name) return *entry;
  throw UsageError(unknown_name(what, name, candidates_of(table), sayings));
}

}  // namespace nn
