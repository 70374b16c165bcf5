// SPDX-License-Identifier: MIT
#include "cli/completion.h"

#include <fmt/format.h>

#include "base/registry.h"
#include "cli/help.h"
#include "cli/parse.h"

namespace nn::cli {
namespace {

/// One option as a shell sees it.
struct Word {
  std::string name;      ///< with dashes
  char letter = 0;
  bool takes_value = false;
  std::string help;
  std::vector<std::string> values;
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

std::vector<Word> words_of(const ToolInfo& info, const OptionSet& set) {
  std::vector<Word> words;
  for (const Option& o : set.all()) {
    if (o.operand) continue;
    if (is_on_by_default(o)) words.push_back({"--no-" + o.name, 0, false, "not " + o.name, {}});
    words.push_back({"--" + o.name, o.letter, !is_flag(o), first_clause(option_help(o)), values_of(info, o)});
  }
  return words;
}

std::string joined(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : " ") + item;
  return text;
}

std::string bash_text(const ToolInfo& info, const std::vector<Word>& words) {
  std::string function = "_" + info.name, all, cases, files;
  for (char& c : function) c = c == '-' ? '_' : c;
  for (const Word& w : words) {
    all += (all.empty() ? "" : " ") + w.name + (w.takes_value ? "=" : "");
    if (!w.takes_value) continue;
    const std::string pattern = w.letter ? fmt::format("-{}|{}", w.letter, w.name) : w.name;
    if (w.values.empty()) files += (files.empty() ? "" : "|") + pattern;
    else cases += fmt::format("    {}) COMPREPLY=($(compgen -W '{}' -- \"$cur\")); return ;;\n", pattern, joined(w.values));
  }
  if (!files.empty()) cases += fmt::format("    {}) compopt -o filenames; COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n", files);
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
      "  compopt -o filenames; COMPREPLY=($(compgen -f -- \"$cur\"))\n"
      "}}\n"
      "complete -F {1} {0}\n",
      info.name, function, cases, all);
}

/// Text inside '...' of a shell; zsh also wants its own brackets and colons escaped.
std::string quoted(const std::string& text, const std::string& escape, const std::string& quote) {
  std::string out;
  for (char c : text) {
    if (escape.find(c) != std::string::npos) out += '\\';
    if (c == '\'') out += quote;
    else out += c;
  }
  return out;
}

std::string zsh_text(const ToolInfo& info, const std::vector<Word>& words) {
  std::string lines;
  for (const Word& w : words) {
    const std::string help = quoted(w.help, "[]:\\", "'\\''");
    const std::string action = !w.takes_value ? "" : w.values.empty() ? ":value:_files" : fmt::format(":value:({})", joined(w.values));
    if (w.letter) lines += fmt::format("  '-{}[{}]{}' \\\n", w.letter, help, action);
    lines += fmt::format("  '{}{}[{}]{}' \\\n", w.name, w.takes_value ? "=" : "", help, action);
  }
  return fmt::format("#compdef {0}\n# zsh completion for {0}, generated from its options; do not edit\n_arguments -s -S \\\n{1}  '*:file:_files'\n",
                     info.name, lines);
}

std::string fish_text(const ToolInfo& info, const std::vector<Word>& words) {
  std::string text = fmt::format("# fish completion for {}, generated from its options; do not edit\n", info.name);
  for (const Word& w : words) {
    text += fmt::format("complete -c {} -l {}", info.name, w.name.substr(2));
    if (w.letter) text += fmt::format(" -s {}", w.letter);
    if (w.takes_value) text += w.values.empty() ? " -r" : fmt::format(" -x -a '{}'", joined(w.values));
    text += fmt::format(" -d '{}'\n", quoted(w.help, "\\", "\\'"));
  }
  return text;
}

}  // namespace

std::string completion(const std::string& shell, const ToolInfo& info, const OptionSet& set) {
  const std::vector<Word> words = words_of(info, set);
  if (shell == "bash") return bash_text(info, words);
  if (shell == "zsh") return zsh_text(info, words);
  if (shell == "fish") return fish_text(info, words);
  const std::vector<std::string> shells{"bash", "zsh", "fish"};
  throw UsageError(unknown_name("shell", shell, shells));
}

}  // namespace nn::cli
