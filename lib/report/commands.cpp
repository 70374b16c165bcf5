// SPDX-License-Identifier: MIT
#include "report/commands.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/text/split.h"
#include "h5/command_line.h"

namespace nn {
namespace {

std::vector<std::string> words_of(const Json& step) {
  std::vector<std::string> words;
  if (const Json* argv = step.find("argv"); argv && argv->is_array())
    for (const Json& word : argv->items())
      if (word.is_string()) words.push_back(word.string());
  return words;
}

/// The file that -o names; empty: it wrote to standard output.
std::string output_of(const std::vector<std::string>& words) {
  for (size_t i = 1; i < words.size() && words[i] != "--"; ++i) {
    const bool is_named = words[i] == "-o" || words[i] == "--output";
    if (is_named && i + 1 < words.size()) return words[i + 1] == "-" ? "" : words[i + 1];
    if (words[i].starts_with("--output=")) return words[i].substr(9);
    if (words[i].starts_with("-o")) return words[i].substr(2);
  }
  return {};
}

class Commands {
 public:
  explicit Commands(const h5::Provenance& provenance) {
    if (!provenance.steps.is_array()) return;
    for (const Json& step : provenance.steps.items()) {
      if (!step.is_object()) continue;
      by_id_.emplace(text_at(step, "id"), &step);
      by_line_.emplace(h5::command_line(words_of(step)), &step);
    }
    for (const auto& [id, step] : by_id_)
      if (const Json* before = feeder(*step); before && output_of(words_of(*before)).empty())
        piped_.insert(h5::command_line(words_of(*before)));
  }

  /// Of a line of the history; empty where it stands in front of a pipe already.
  std::string typed(const std::string& line) const {
    if (piped_.contains(line)) return {};
    const auto step = by_line_.find(line);
    return step == by_line_.end() ? line : typed(*step->second, 0);
  }

 private:
  /// The step whose output came through standard input; null for none.
  const Json* feeder(const Json& step) const {
    const Json* inputs = step.find("inputs");
    if (!inputs || !inputs->is_array()) return nullptr;
    for (const Json& input : inputs->items())
      if (const auto made = by_id_.find(text_at(input, "step")); text_at(input, "name") == "-" && made != by_id_.end())
        return made->second;
    return nullptr;
  }

  std::string typed(const Json& step, size_t depth) const {
    const std::string own = h5::command_line(words_of(step));
    const Json* before = feeder(step);
    if (!before || depth > by_id_.size()) return own;  // anyone may have written the steps, in a ring too
    const std::string file = output_of(words_of(*before));
    return file.empty() ? typed(*before, depth + 1) + " | " + own : own + " < " + h5::command_line({file});
  }

  std::map<std::string, const Json*> by_id_, by_line_;
  std::set<std::string> piped_;
};

}  // namespace

std::string text_at(const Json& step, const char* key) {
  const Json* value = step.find(key);
  return value && value->is_string() ? value->string() : "";
}

std::vector<std::string> typed_commands(const h5::Provenance& provenance) {
  const Commands commands(provenance);
  std::vector<std::string> lines;
  for (const std::string_view line : split_at(provenance.history, '\n')) {
    const size_t date = line.find(": ");
    if (line.empty()) continue;
    lines.push_back(commands.typed(std::string(date == line.npos ? line : line.substr(date + 2))));
  }
  std::erase(lines, "");
  std::ranges::reverse(lines);
  return lines;
}

}  // namespace nn
