// SPDX-License-Identifier: MIT
#include "cli/completion.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/registry.h"
#include "cli/help.h"
#include "cli/parse.h"

namespace nn::cli {
namespace {

/// One option as a shell sees it.
struct Word {
  std::string name;  ///< with dashes
  char letter = 0;
  bool takes_value = false;
  std::string metavar, help;
  std::vector<std::string> values;
  bool takes_file = false;
};

/// Everything that is completed: options, and the values of the first operand where it has a closed set of them.
struct Words {
  std::vector<Word> options;
  std::vector<std::string> first_operand;
  bool files = false;  ///< operands are files, those after the first one or all
};

std::vector<std::string> values_of(const ToolInfo& info, const Option& option) {
  if (!option.choices.empty()) return option.choices;
  std::vector<std::string> values;
  for (const NamedList& list : info.lists)
    if (list.option == option.name)
      for (const NamedList::Entry& e : list.entries()) values.push_back(e.name);
  return values;
}

std::string first_clause(const std::string& help) {
  const size_t end = std::min({help.find(". "), help.find("; "), help.find(" ("), help.size()});
  return help.substr(0, end);
}

bool names_a_file(const std::string& metavar) {
  return metavar.find("FILE") != metavar.npos || metavar.find("MODEL") != metavar.npos || metavar.starts_with("DIR");
}

Words words_of(const ToolInfo& info, const OptionSet& set) {
  Words words;
  words.files = true;
  bool has_operands = false;
  for (const Option& o : set.all()) {
    if (o.operand) {
      if (!has_operands && !o.choices.empty())
        words.first_operand = o.choices, words.files = false;
      else
        words.files = true;
      has_operands = true;
      continue;
    }
    if (is_on_by_default(o)) words.options.push_back({"--no-" + o.name, 0, false, "", "not " + o.name, {}, false});
    words.options.push_back({"--" + o.name, o.letter, !is_flag(o), o.metavar, first_clause(option_help(o)),
                             values_of(info, o), o.file != Option::File::none || names_a_file(o.metavar)});
  }
  return words;
}

std::string joined(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : " ") + item;
  return text;
}

/// The options that take a value, each as it is typed, for a pattern of the shell.
std::string with_values(const Words& words) {
  std::string pattern;
  for (const Word& w : words.options)
    if (w.takes_value)
      pattern += (pattern.empty() ? "" : "|") + (w.letter ? fmt::format("-{}|", w.letter) : "") + w.name;
  return pattern;
}

/// A value of an option, as a word of its own or behind '=', is no operand; nor is the file of a redirection.
std::string bash_operands(const Words& words) {
  const std::string files = "  compopt -o filenames; COMPREPLY=($(compgen -f -- \"$cur\"))\n";
  if (words.first_operand.empty()) return files;
  return fmt::format(
             "  local i operands=0\n"
             "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
             "    case ${{COMP_WORDS[i]}} in\n"
             "      =|'>'|'>>'|'<'|'2>'|'2>>') ((++i)) ;;\n"
             "      {}) [[ ${{COMP_WORDS[i+1]}} == = ]] || ((++i)) ;;\n"
             "      -?*) ;;\n"
             "      *) ((++operands)) ;;\n"
             "    esac\n"
             "  done\n"
             "  if ((operands == 0)); then COMPREPLY=($(compgen -W '{}' -- \"$cur\")); return; fi\n",
             with_values(words), joined(words.first_operand)) +
         (words.files ? files : "");
}

std::string bash_text(const ToolInfo& info, const Words& words) {
  std::string function = "_" + info.name, all, cases, files, others;
  for (char& c : function) c = c == '-' ? '_' : c;
  for (const Word& w : words.options) {
    all += (all.empty() ? "" : " ") + w.name + (w.takes_value ? "=" : "");
    if (!w.takes_value) continue;
    const std::string pattern = w.letter ? fmt::format("-{}|{}", w.letter, w.name) : w.name;
    const char* also = w.takes_file ? " -f" : "";
    if (!w.values.empty())
      cases += fmt::format("    {}) COMPREPLY=($(compgen -W '{}'{} -- \"$cur\")); return ;;\n", pattern,
                           joined(w.values), also);
    else
      (w.takes_file ? files : others) += ((w.takes_file ? files : others).empty() ? "" : "|") + pattern;
  }
  if (!files.empty())
    cases += fmt::format("    {}) compopt -o filenames; COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n", files);
  if (!others.empty()) cases += fmt::format("    {}) return ;;\n", others);
  return fmt::format(
      "# bash completion for {0}, generated from its options; do not edit\n"
      "{1}() {{\n"
      "  local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}}\n"
      "  [[ $cur == = ]] && cur=\n"
      "  [[ $prev == = ]] && prev=${{COMP_WORDS[COMP_CWORD-2]}}\n"
      "  case $prev in\n{2}  esac\n"
      "  if [[ $cur == -* ]]; then\n"
      "    compopt -o nospace\n"
      "    COMPREPLY=($(compgen -W '{3}' -- \"$cur\"))\n"
      "    [[ ${{#COMPREPLY[@]}} -eq 1 && ${{COMPREPLY[0]}} != *= ]] && COMPREPLY[0]+=' '\n"
      "    return\n"
      "  fi\n"
      "{4}"
      "}}\n"
      "complete -F {1} {0}\n",
      info.name, function, cases, all, bash_operands(words));
}

/// Text inside '...' of a shell; zsh also wants its own brackets and colons escaped.
std::string escaped(const std::string& text, const std::string& escape, const std::string& quote) {
  std::string out;
  for (char c : text) {
    if (escape.find(c) != std::string::npos) out += '\\';
    if (c == '\'')
      out += quote;
    else
      out += c;
  }
  return out;
}

std::string zsh_action(const Word& w) {
  if (!w.takes_value) return "";
  const std::string message = ":" + escaped(w.metavar, "[]:\\", "") + ":";
  if (w.values.empty()) return message + (w.takes_file ? "_files" : " ");
  if (!w.takes_file) return message + "(" + joined(w.values) + ")";
  return message + "_alternative \"names\\:name\\:(" + joined(w.values) + ")\" \"files\\:file\\:_files\"";
}

std::string zsh_text(const ToolInfo& info, const Words& words) {
  std::string lines;
  for (const Word& w : words.options) {
    const std::string help = escaped(w.help, "[]:\\", "'\\''"), action = zsh_action(w);
    if (w.letter) lines += fmt::format("  '-{}[{}]{}' \\\n", w.letter, help, action);
    lines += fmt::format("  '{}{}[{}]{}' \\\n", w.name, w.takes_value ? "=" : "", help, action);
  }
  std::string operands;
  if (!words.first_operand.empty())
    operands = fmt::format("  '1:name:({})'{}", joined(words.first_operand), words.files ? " \\\n" : "\n");
  if (words.files) operands += "  '*:file:_files'\n";
  return fmt::format(
      "#compdef {0}\n# zsh completion for {0}, generated from its options; do not edit\n_arguments -s -S \\\n{1}{2}",
      info.name, lines, operands);
}

std::string fish_text(const ToolInfo& info, const Words& words) {
  std::string text = fmt::format("# fish completion for {}, generated from its options; do not edit\n", info.name);
  if (!words.first_operand.empty()) {
    std::string function = "__" + info.name + "_has_no_operand", specs;
    for (char& c : function) c = c == '-' ? '_' : c;
    for (const Word& w : words.options)
      specs += fmt::format(" '{}{}{}'", w.letter ? fmt::format("{}/", w.letter) : "", w.name.substr(2),
                           w.takes_value ? "=" : "");
    text += fmt::format(
        "function {}\n"
        "  set -l typed (commandline -opc)\n"
        "  set -e typed[1]\n"
        "  argparse -i{} -- $typed 2>/dev/null; or return 1\n"
        "  test (count $argv) -eq 0\n"
        "end\n"
        "complete -c {} -n {} -f -a '{}'\n",
        function, specs, info.name, function, joined(words.first_operand));
    if (!words.files) text += fmt::format("complete -c {} -f\n", info.name);
  }
  for (const Word& w : words.options) {
    text += fmt::format("complete -c {} -l {}", info.name, w.name.substr(2));
    if (w.letter) text += fmt::format(" -s {}", w.letter);
    if (w.takes_value) text += w.takes_file ? " -r" : " -x";
    if (!w.values.empty()) text += fmt::format(" -a '{}'", joined(w.values));
    text += fmt::format(" -d '{}'\n", escaped(w.help, "\\", "\\'"));
  }
  return text;
}

}  // namespace

std::string completion(const std::string& shell, const ToolInfo& info, const OptionSet& set) {
  const Words words = words_of(info, set);
  if (shell == "bash") return bash_text(info, words);
  if (shell == "zsh") return zsh_text(info, words);
  if (shell == "fish") return fish_text(info, words);
  const std::vector<std::string> shells{"bash", "zsh", "fish"};
  throw UsageError(unknown_name("shell", shell, shells));
}

}  // namespace nn::cli
