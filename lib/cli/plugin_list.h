// SPDX-License-Identifier: MIT
// Any plug-in table (of descriptors with name, summary and make) as a NamedList with the options of each entry.
#pragma once

#include <memory>
#include <string>

#include "base/registry.h"
#include "cli/tool.h"

namespace nn::cli {

/// spelling: not given: that of the option.
template <class Type>
NamedList plugin_list(std::string name, std::string option, Table<Type> table, std::string page = {},
                      NamedList::Spelling spelling = {}) {
  if (!option.empty() && spelling.entry.empty())
    spelling = {"--" + option + " NAME", "--" + option + " NAME,KEY=VALUE", "NAME"};
  return {std::move(name),
          std::move(option),
          [table] {
            std::vector<NamedList::Entry> entries;
            for (const Type* type : table) {
              NamedList::Entry entry{type->name, type->summary, OptionSet(), nullptr};
              auto made = type->make();
              made->options(entry.options);
              entry.keeps_alive = std::shared_ptr<void>(std::move(made));
              if constexpr (requires { type->known_as; }) entry.known_as = type->known_as;
              entries.push_back(std::move(entry));
            }
            return entries;
          },
          std::move(page),
          {},
          std::move(spelling)};
}

/// names, lines, automatic: as in Devices. open: gives by name one that says its libraries() and isa(); an Error of it
/// means that there are none.
template <class Lines, class Automatic, class Open>
Devices device_list(std::vector<std::string> names, Lines lines, Automatic automatic, Open open) {
  Devices devices;
  devices.names = std::move(names);
  devices.lines = lines;
  devices.automatic = automatic;
  devices.libraries = [open](const std::string& device) { return open(device)->libraries(); };
  devices.instructions = [open](const std::string& device) { return open(device)->isa(); };
  return devices;
}

/// Any names with a line each, as a NamedList without options.
inline NamedList text_list(std::string name, std::string option,
                           std::function<std::vector<std::pair<std::string, std::string>>()> texts) {
  return {std::move(name), std::move(option), [texts = std::move(texts)] {
            std::vector<NamedList::Entry> entries;
            for (auto& [entry, summary] : texts()) entries.push_back({entry, summary, OptionSet(), nullptr});
            return entries;
          }};
}

/// A table with a name and cells per row, explained in a page of its own.
inline NamedList table_list(std::string name, std::string page, std::vector<std::string> columns,
                            std::function<std::vector<std::vector<std::string>>()> rows) {
  return {std::move(name), "",
          [rows = std::move(rows)] {
            std::vector<NamedList::Entry> entries;
            for (auto& row : rows())
              entries.push_back({row.at(0), "", OptionSet(), nullptr, {row.begin() + 1, row.end()}});
            return entries;
          },
          std::move(page), std::move(columns)};
}

}  // namespace nn::cli
