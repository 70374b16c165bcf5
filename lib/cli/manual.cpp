// SPDX-License-Identifier: MIT
#include "cli/manual.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/framework_rules.h"
#include "cli/common.h"
#include "cli/help.h"
#include "cli/parse.h"

namespace nn::cli {
namespace {

/// Text that stands for itself in mdoc: backslashes, a dot or quote at the start of a line.
std::string plain(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
  }
  return !out.empty() && (out[0] == '.' || out[0] == '\'') ? "\\&" + out : out;
}

/// One argument of a macro: quoted, so that its blanks and punctuation mean nothing.
std::string argument(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == '"')
      out += "\"\"";
    else if (c == '\\')
      out += "\\e";
    else
      out += c;
  }
  const bool word = !out.empty() && out.find_first_of(" \"") == std::string::npos &&
                    (out.size() > 2 || std::isalnum(static_cast<unsigned char>(out[0])));
  return word ? out : "\"" + out + "\"";
}

/// A text may begin with a formula, which keeps its small letter: "max(x, 0)", "x above 0", "relu6(x + 3) / 6".
bool begins_with_formula(const std::string& text) {
  const std::string word = text.substr(0, text.find(' '));
  return word == "x" || word.find('(') != std::string::npos;
}

/// A paragraph, one sentence a line, as mandoc wants its source; it ends in a full stop.
std::string sentences(std::string text) {
  if (!text.empty() && !begins_with_formula(text))
    text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  if (!text.empty() && text.back() != '.' && text.back() != '?') text += '.';
  std::string out;
  size_t at = 0;
  while (at < text.size()) {
    size_t end = text.find(". ", at);
    end = end == std::string::npos ? text.size() : end + 1;
    out += plain(text.substr(at, end - at)) + "\n";
    at = end + 1;
  }
  return out;
}

std::string item(const Option& o) {
  std::string text = ".It ";
  if (o.letter) text += fmt::format("Fl {}{} , ", o.letter, is_flag(o) ? "" : " Ar " + argument(o.metavar));
  text += fmt::format("Fl \\-{}", o.name);
  if (is_on_by_default(o)) text += fmt::format(" , Fl \\-no-{}", o.name);
  if (!is_flag(o)) text += fmt::format(" Ns = Ns Ar {}", argument(o.metavar));
  return text + "\n";
}

std::string body(const Option& o) {
  std::string text = sentences(o.help);
  if (!o.choices.empty() && !is_flag(o) && o.help.find(o.choices[0]) == std::string::npos) {
    text += "One of\n";
    for (size_t i = 0; i < o.choices.size(); ++i)
      text += fmt::format(".Cm {}{}\n", argument(o.choices[i]), i + 1 == o.choices.size() ? " ." : " ,");
  }
  if (const std::string range = o.range.text(); !range.empty()) text += "A number, " + range + ".\n";
  if (is_on_by_default(o)) text += "On by default.\n";
  if (!is_flag(o) && !o.default_text.empty())
    text += fmt::format("The default is\n.Cm {} .\n", argument(o.default_text));
  return text;
}

/// "; Keras: 0.001"
std::string defaults_elsewhere(const Option& o) {
  std::string text;
  for (const auto& [profile, value] : o.defaults)
    text += fmt::format("; {}: {}", framework_title(profile), for_the_eye(value));
  return text;
}

std::string option_list(const OptionSet& set, const std::string& group) {
  std::string items;
  for (const Option& o : set.all())
    if (!o.operand && o.group == group) items += item(o) + body(o);
  return items.empty() ? "" : ".Bl -tag -width Ds\n" + items + ".El\n";
}

}  // namespace

namespace {

/// A cell in lines of at most `width` columns where it can be cut after one of ",_-(", else longer.
std::vector<std::string> cut(std::string cell, size_t width) {
  std::vector<std::string> lines;
  while (cell.size() > width) {
    const size_t at = cell.find_last_of(",_-( ", width - 1);
    if (at == std::string::npos || at == 0) break;
    lines.push_back(cell.substr(0, at + 1));
    cell.erase(0, at + 1);
  }
  lines.push_back(cell);
  return lines;
}

/// A table as it stands in a page, in columns that fit a terminal: the last cell, which is long, goes below the others.
/// Where all names are of the form "KIND NAME", each kind has its heading.
std::string manual_table(const NamedList& list, const std::vector<NamedList::Entry>& entries) {
  constexpr size_t room = 72, first = 24;
  const size_t columns = list.columns.size() - 1, width = (room - first) / columns;
  const auto line = [&](const std::string& name, const std::vector<std::string>& cells) {
    std::vector<std::vector<std::string>> parts;
    size_t lines = 1;
    for (size_t i = 0; i < columns; ++i) lines = std::max(lines, parts.emplace_back(cut(cells[i], width - 1)).size());
    std::string text;
    const bool below = name.size() >= first;  // a long name has a line of its own
    if (below) text += plain(name) + "\n";
    for (size_t n = 0; n < lines; ++n) {
      std::string row = fmt::format("{:<{}}", n || below ? "" : name, first);
      for (const auto& part : parts) {
        row += fmt::format("{:<{}}", n < part.size() ? part[n] : "", width);
        if (row.back() != ' ') row += ' ';  // a word that cannot be cut pushes what follows to the right
      }
      text += plain(row.substr(0, row.find_last_not_of(' ') + 1)) + "\n";
    }
    return text;
  };
  std::string text = ".Bd -literal\n" + line("", list.columns), kind;
  for (const NamedList::Entry& e : entries) {
    const size_t blank = e.name.find(' ');
    if (blank != std::string::npos && e.name.substr(0, blank) != kind)
      text += "\n" + (kind = e.name.substr(0, blank)) + "\n";
    text += line((blank == std::string::npos ? "" : "  ") + e.name.substr(blank == std::string::npos ? 0 : blank + 1),
                 e.cells);
    if (!e.cells.back().empty()) text += plain("    " + e.cells.back()) + "\n";
  }
  return text + ".Ed\n";
}

}  // namespace

std::string manual_options(const ToolInfo& info, const OptionSet& set) {
  std::string text;
  for (const std::string& group : option_groups(set)) {
    const std::string list = option_list(set, group);
    if (list.empty()) continue;
    if (!group.empty()) text += fmt::format(".Ss {}\n", plain(group));
    text += list;
  }
  for (const NamedList& list : info.lists) {
    if (list.name == "models" || !list.page.empty()) continue;
    std::string title = list.name;
    if (!title.empty()) title[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(title[0])));
    const std::vector<std::string> groups = option_groups(set);
    const bool taken =
        std::find(groups.begin(), groups.end(), title) != groups.end();  // "Callbacks": the options themselves
    text += fmt::format(".Ss {}\n", taken ? "Arguments of " + list.name : title);
    const Option* option = set.find(list.option);
    if (option && option->operand)
      text += fmt::format("Values of\n.Ar {} .\n", argument(option->metavar));
    else if (!list.option.empty())
      text += fmt::format("Values of\n.Fl \\-{} .\n", list.option);
    text += manual_list(list);
  }
  return text;
}

std::string manual_list(const NamedList& list) {
  if (!list.columns.empty()) return manual_table(list, list.entries());
  std::string text = ".Bl -tag -width Ds\n";
  for (const NamedList::Entry& e : list.entries()) {
    text += fmt::format(".It Cm {}\n{}", argument(e.name), sentences(e.summary));
    std::string arguments;
    for (const Option& o : e.options.all()) {
      std::string help = o.help;
      if (const std::string range = o.range.text(); !range.empty()) help += fmt::format(" ({})", range);
      if (o.required)
        help += " (required)";
      else if (const std::string value = o.default_text.empty() && o.usual ? o.usual() : o.default_text;
               !value.empty() && !is_flag(o))
        help += fmt::format(" (default {}{})", value, defaults_elsewhere(o));
      arguments += fmt::format(".It Ar {}\n{}", argument(o.name), sentences(help));
    }
    if (!arguments.empty()) text += ".Bl -tag -width Ds -compact\n" + arguments + ".El\n";
  }
  return text + ".El\n";
}

}  // namespace nn::cli
