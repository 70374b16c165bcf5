// SPDX-License-Identifier: MIT
// Any plug-in table (of descriptors with name, summary and make) as a NamedList with the options of each entry.
#pragma once

#include <memory>
#include <string>

#include "base/registry.h"
#include "cli/tool.h"

namespace nn::cli {

template <class Type>
NamedList plugin_list(std::string name, std::string option, Table<Type> table) {
  return {std::move(name), std::move(option), [table] {
            std::vector<NamedList::Entry> entries;
            for (const Type* type : table) {
              NamedList::Entry entry{type->name, type->summary, {}, nullptr};
              auto made = type->make();
              made->options(entry.options);
              entry.keeps_alive = std::shared_ptr<void>(std::move(made));
              entries.push_back(std::move(entry));
            }
            return entries;
          }};
}

/// Any names with a line each, as a NamedList without options.
inline NamedList text_list(std::string name, std::string option, std::function<std::vector<std::pair<std::string, std::string>>()> texts) {
  return {std::move(name), std::move(option), [texts = std::move(texts)] {
            std::vector<NamedList::Entry> entries;
            for (auto& [entry, summary] : texts()) entries.push_back({entry, summary, {}, nullptr});
            return entries;
          }};
}

}  // namespace nn::cli
