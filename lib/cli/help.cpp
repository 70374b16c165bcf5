// SPDX-License-Identifier: MIT
#include "cli/help.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/system/version.h"
#include "cli/common.h"
#include "cli/parse.h"
#include "h5/version.h"

namespace nn::cli {
namespace {

constexpr size_t width = 80, brief_column = 28, full_column = 8;

/// Text in lines of at most `width` columns, each but the first indented by `column`; the first is begun already.
std::string wrapped(const std::string& text, size_t column) {
  std::string out, line;
  auto end_line = [&] {
    out += (out.empty() ? "" : "\n" + std::string(column, ' ')) + line;
    line.clear();
  };
  size_t at = 0;
  while (at < text.size()) {
    const size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    if (!line.empty() && column + line.size() + 1 + word.size() > width) end_line();
    if (!word.empty()) line += (line.empty() ? "" : " ") + word;
    at = end + 1;
  }
  end_line();
  return out;
}

/// As much of a sentence as fits, cut where a clause ends if it can be.
std::string shortened(const std::string& text, size_t room) {
  const size_t sentence = std::min({text.find(". "), text.find("; "), text.size()});
  if (sentence <= room) return text.substr(0, sentence);
  size_t cut = std::string::npos;
  const size_t comma = text.find(", ");
  const bool is_list =
      comma != std::string::npos && text.find(", ", comma + 1) < sentence;  // half of one says what is not so
  for (const char* mark : {" (", ", ", ": "}) {
    if (is_list && *mark == ',') continue;
    const size_t at = text.rfind(mark, room);
    if (at != std::string::npos && at > room / 3) cut = cut == std::string::npos ? at : std::max(cut, at);
  }
  if (cut != std::string::npos) return text.substr(0, std::min(cut, room));
  constexpr const char* more = " ...";  // a sentence that is cut says so
  const size_t left = room > 4 ? room - 4 : 0;
  return text.substr(0, std::min(text.rfind(' ', left), left)) + more;
}

std::string operands_help(const OptionSet& set) {
  std::string text;
  for (const Option& o : set.all())
    if (o.operand) text += fmt::format("  {:<{}}{}\n", o.metavar, brief_column - 2, wrapped(o.help, brief_column));
  return text;
}

}  // namespace

std::string option_heading(const Option& o) {
  const std::string letter = o.letter ? fmt::format("-{}, ", o.letter) : "";
  if (is_on_by_default(o)) return letter + "--[no-]" + o.name;
  return letter + "--" + o.name + (is_flag(o) ? "" : "=" + o.metavar);
}

std::string option_help(const Option& o) {
  std::string text = o.help;
  if (!o.choices.empty() && o.choices.size() <= 12 && !is_flag(o)) {
    std::string choices;
    for (const std::string& c : o.choices) choices += (choices.empty() ? "" : ", ") + c;
    const bool named = std::all_of(o.choices.begin(), o.choices.end(),
                                   [&](const std::string& c) { return o.metavar.find(c) != std::string::npos; });
    if (!named && text.find(o.choices[0]) == std::string::npos) text += "; one of " + choices;
  }
  if (const std::string range = o.range.text(); !range.empty()) text += fmt::format(" ({})", range);
  if (!is_flag(o) && !o.default_text.empty()) text += fmt::format(" [{}]", o.default_text);
  if (is_on_by_default(o)) text += " [on]";
  if (o.required) text += " [required]";
  return text;
}

std::string arguments_text(const OptionSet& options) {
  std::string text;
  for (const Option& o : options.all()) {
    text += text.empty() ? "" : ",";
    const std::string value = o.default_text.empty() ? o.metavar : o.default_text;
    if (o.positional)
      text += o.default_text.empty() ? o.metavar : o.name + "=" + value;
    else
      text += is_flag(o) && !is_on_by_default(o) ? o.name : o.name + "=" + value;
  }
  return text;
}

std::vector<std::string> option_groups(const OptionSet& set) {
  std::vector<std::string> groups{""};
  for (const Option& o : set.all())
    if (!o.operand && o.group != common_group && std::find(groups.begin(), groups.end(), o.group) == groups.end())
      groups.push_back(o.group);
  groups.push_back(common_group);
  return groups;
}

std::string brief_help(const ToolInfo& info, const OptionSet& set) {
  std::string text = fmt::format("Usage: {} {}\n{}\n\n", info.name, info.synopsis, info.summary);
  const auto shown =
      std::count_if(set.all().begin(), set.all().end(), [](const Option& o) { return o.brief && !o.operand; });
  int64_t spare = 24 - 5 - shown;  // second lines that there is room for
  for (const Option& o : set.all()) {
    if (!o.brief || o.operand) continue;
    std::string heading = fmt::format("  {}{}", o.letter ? "" : "    ", option_heading(o));
    if (heading.size() + 2 > brief_column) heading = heading.substr(0, heading.find("[,")) + "  ";
    heading = fmt::format("{:<{}}", heading, brief_column);
    std::string value = is_flag(o) || o.default_text.empty() ? "" : fmt::format(" [{}]", o.default_text);
    const size_t used = heading.size() + value.size();
    const std::string first = shortened(o.help, 2 * width);
    if (used + first.size() > width && spare > 0 && heading.size() == brief_column) {
      const size_t room = 2 * (width - brief_column) - value.size() - 10;  // a broken line leaves up to a word unused
      text += heading + wrapped(shortened(o.help, room) + value, brief_column) + "\n";
      --spare;
    } else {
      text += heading + shortened(o.help, width - std::min(width / 2, used)) + value + "\n";
    }
  }
  return text + fmt::format("\n--help shows all options, man {} explains them.\n", info.name);
}

std::string full_help(const ToolInfo& info, const OptionSet& set) {
  std::string text = fmt::format("Usage: {} {}\n{}\n", info.name, info.synopsis, wrapped(info.summary, 0));
  if (const std::string operands = operands_help(set); !operands.empty()) text += "\nOperands:\n" + operands;
  for (const std::string& group : option_groups(set)) {
    std::string lines;
    for (const Option& o : set.all())
      if (!o.operand && o.group == group)
        lines += fmt::format("  {}{}\n{}{}\n", o.letter ? "" : "    ", option_heading(o), std::string(full_column, ' '),
                             wrapped(option_help(o), full_column));
    if (!lines.empty()) text += fmt::format("\n{}:\n{}", group.empty() ? "Options" : group, lines);
  }
  for (const NamedList& list : info.lists) {
    const Option* option = set.find(list.option);
    const std::string of = list.option.empty()
                               ? ", " + list.name
                               : " of " + (option && option->operand ? option->metavar : "--" + list.option);
    if (!list.columns.empty()) {
      text += fmt::format("\n--list {}: a table, explained in {}\n", list.name, list.page);
      continue;
    }
    text += fmt::format("\nNames{} (--list {} says more):\n", of, list.name);
    std::string names;
    for (const NamedList::Entry& e : list.entries()) names += (names.empty() ? "" : " ") + e.name;
    text += fmt::format("{}{}\n", std::string(full_column, ' '), wrapped(names, full_column));
  }
  return text + fmt::format(
                    "\nExit status: 0 done, 1 failed, 2 wrong command line, 3 a stated condition not met,\n"
                    "75 stopped early, run again. The manual is {}(1); nn-tools(7) is the introduction.\n",
                    info.name);
}

std::string version_text(const ToolInfo& info) {
  std::string text = fmt::format("{} (nn-tools) {}\n", info.name, version());
  text += fmt::format("HDF5 {}\n", h5::library_version());
  std::vector<std::string> libraries;
  for (const std::string& device : info.devices.names) {
    std::vector<std::string> of_device;
    try {
      of_device = info.devices.libraries(device);
    } catch (const Error&) {  // it cannot be used: --device list says why
    }
    for (const std::string& library : of_device)
      if (std::find(libraries.begin(), libraries.end(), library) == libraries.end()) libraries.push_back(library);
  }
  for (const std::string& library : libraries) text += library + "\n";
  return text + "License MIT. There is no warranty, to the extent permitted by law.\n";
}

namespace {

/// Columns as wide as their longest cell, a line per row, heads first.
std::string table_text(const NamedList& list, const std::vector<NamedList::Entry>& entries) {
  std::vector<std::vector<std::string>> rows{{""}};
  rows[0].insert(rows[0].end(), list.columns.begin(), list.columns.end());
  for (const NamedList::Entry& e : entries) {
    rows.push_back({e.name});
    rows.back().insert(rows.back().end(), e.cells.begin(), e.cells.end());
  }
  std::vector<size_t> widths(rows[0].size());
  for (const auto& row : rows)
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) line += fmt::format("{:<{}}  ", row[i], widths[i]);
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

}  // namespace

std::string list_text(const NamedList& list) {
  const std::vector<NamedList::Entry> entries = list.entries();
  if (!list.columns.empty()) return table_text(list, entries);
  size_t name_width = 0, argument_width = 0;
  std::vector<std::string> arguments;
  for (const NamedList::Entry& e : entries) {
    arguments.push_back(arguments_text(e.options));
    name_width = std::max(name_width, e.name.size());
    argument_width = std::max(argument_width, arguments.back().size());
  }
  std::string text;
  for (size_t i = 0; i < entries.size(); ++i) {
    text += fmt::format("{:<{}}  ", entries[i].name, name_width);
    if (argument_width) text += fmt::format("{:<{}}  ", arguments[i], std::min<size_t>(argument_width, 60));
    text += entries[i].summary + "\n";
  }
  return text;
}

std::string device_text(const Devices& devices) {
  const auto lines = devices.lines();
  size_t width = 0;
  for (const auto& [name, summary] : lines) width = std::max(width, name.size());
  std::string text;
  for (const auto& [name, summary] : lines) text += fmt::format("{:<{}}  {}\n", name, width, summary);
  return text;
}

}  // namespace nn::cli
