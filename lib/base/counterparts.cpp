// SPDX-License-Identifier: MIT
#include "base/counterparts.h"

#include <algorithm>

#include "base/text/split.h"

namespace nn {
namespace {

/// Further words for a name of ours.
struct Also {
  const char *kind, *ours, *words;
};

const std::vector<Also>& further_words() {
  static const std::vector<Also> all{
#define ROW(kind, name, key, pytorch, keras, note)
#define ALSO(kind, ours, words) {kind, ours, words},
#define SAYS(kind, where, words, sentence)
#include "base/counterparts.def"
#undef SAYS
#undef ALSO
#undef ROW
  };
  return all;
}

/// What is said of words that have no single name of ours.
struct Saying {
  const char *kind, *where, *words, *sentence;
};

const std::vector<Saying>& sayings() {
  static const std::vector<Saying> all{
#define ROW(kind, name, key, pytorch, keras, note)
#define ALSO(kind, ours, words)
#define SAYS(kind, where, words, sentence) {kind, where, words, sentence},
#include "base/counterparts.def"
#undef SAYS
#undef ALSO
#undef ROW
  };
  return all;
}

/// What is compared of a word: without its package and arguments, in small letters, without '_' and '-'.
std::string folded(std::string_view word) {
  word = word.substr(0, word.find_first_of("( "));
  if (const size_t dot = word.rfind('.'); dot != std::string_view::npos) word.remove_prefix(dot + 1);
  std::string out;
  for (const char c : word)
    if (c != '_' && c != '-') out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

/// One of the words that `list` joins by commas or blanks.
bool among(const std::string& wanted, std::string_view list, char between) {
  const auto words = split_at(list, between);
  return std::any_of(words.begin(), words.end(), [&](std::string_view w) {
    return folded(w.substr(std::min(w.find_first_not_of(' '), w.size()))) == wanted;
  });
}

bool is_called(const Counterpart& row, const std::string& wanted) {
  return among(wanted, row.pytorch, ',') || among(wanted, row.keras, ',');
}

/// Keeps the order in which names are found, each once, at most three.
class Found {
 public:
  void add(const std::string& name) {
    if (names_.size() < 3 && std::find(names_.begin(), names_.end(), name) == names_.end()) names_.push_back(name);
  }
  void add_if(std::span<const std::string> known, const std::string& name) {
    if (std::find(known.begin(), known.end(), name) != known.end()) add(name);
  }
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<std::string> names_;
};

/// The name of an option in what is to be written: "early-stop" of "--early-stop METRIC", nothing of another tool's
/// command.
std::string option_in(const std::string& text) {
  return text.starts_with("--") ? text.substr(2, std::min(text.find(' '), text.size()) - 2) : "";
}

/// How a plug-in, or an option of it, is asked for on the command line; empty where it cannot be.
std::string written(const Counterpart& row) {
  const std::string kind = row.kind, name = row.name, key = row.key, value = key.empty() ? "" : "," + key + "=VALUE";
  if (kind == "optimizer" || kind == "schedule" || kind == "loss")
    return "--" + kind + " " + (name == "*" ? "NAME" : name) + value;
  if (kind == "initializer") return key.empty() ? "--init " + name : "";
  if (kind == "layer")
    return "--model '... " + (name == "*" ? "LAYER" : name) + (key.empty() ? "" : ":" + key + "=VALUE") + " ...'";
  if (kind == "callback" && name != "*")
    return "--" + name + (key == "file" || key == "folder" || key.empty() ? " VALUE" : " ..." + value);
  return "";
}

std::string shown(const char* there) { return std::string(there) == "-" ? "none" : there; }

}  // namespace

const std::vector<Counterpart>& counterparts() {
  static const std::vector<Counterpart> all{
#define ROW(kind, name, key, pytorch, keras, note) {kind, name, key, pytorch, keras, note},
#define ALSO(kind, ours, words)
#define SAYS(kind, where, words, sentence)
#include "base/counterparts.def"
#undef SAYS
#undef ALSO
#undef ROW
  };
  return all;
}

const Counterpart* counterpart(const std::string& kind, const std::string& name, const std::string& key) {
  const Counterpart* of_all = nullptr;
  for (const Counterpart& row : counterparts()) {
    if (kind != row.kind || key != row.key) continue;
    if (name == row.name) return &row;
    if (std::string("*") == row.name) of_all = &row;
  }
  return of_all;
}

std::vector<std::string> our_names(std::string_view kind, std::string_view word, std::span<const std::string> known) {
  constexpr size_t longest = 64;  // a long text must not cost time
  const std::string wanted = word.size() > longest ? "" : folded(word);
  if (wanted.empty()) return {};
  const bool of_options = kind == "option";
  const auto of_kind = [&](const auto& row) { return kind == row.kind; };
  if (std::ranges::none_of(counterparts(), of_kind) && std::ranges::none_of(further_words(), of_kind))
    return {};  // a column, a class: names that are not ours
  Found found;
  for (const std::string& name : known)
    if (folded(name) == wanted) found.add(name);
  for (const Counterpart& row : counterparts())
    if (of_options ? *row.key && is_called(row, wanted) : kind == row.kind && !*row.key && is_called(row, wanted))
      found.add_if(known, of_options ? row.key : row.name);
  for (const Counterpart& row : counterparts())
    if (of_options && kind == row.kind && is_called(row, wanted)) found.add_if(known, row.name);
  for (const Also& also : further_words())
    if (kind == also.kind && among(wanted, also.words, ' '))
      found.add_if(known, of_options ? option_in(also.ours) : also.ours);
  return found.names();
}

std::string said_of(std::string_view kind, std::string_view word, std::span<const std::string> known) {
  constexpr size_t longest = 64;
  const std::string wanted = word.size() > longest ? "" : folded(word);
  if (wanted.empty()) return "";
  for (const Saying& saying : sayings()) {
    if (kind != saying.kind || !among(wanted, saying.words, ' ')) continue;
    if (*saying.where && std::ranges::find(known, saying.where) == known.end()) continue;
    return saying.sentence;
  }
  return "";
}

std::string own_option(std::string_view word) {
  const std::string wanted = folded(word);
  for (const Counterpart& row : counterparts())
    if (std::string_view("option") == row.kind && (wanted == folded(row.name) || is_called(row, wanted)))
      return row.name;
  return "";
}

std::string option_hint(std::string_view word, std::span<const std::string> known) {
  constexpr size_t longest = 64;
  const std::string wanted = word.size() > longest ? "" : folded(word);
  if (wanted.empty()) return "";
  const auto is_known = [&](const std::string& text) {
    return std::find(known.begin(), known.end(), option_in(text)) != known.end();
  };
  Found found;
  for (const Also& also : further_words())
    if (std::string_view("option") == also.kind && among(wanted, also.words, ' ') &&
        (is_known(also.ours) || option_in(also.ours).empty()))
      found.add(also.ours);
  for (const Counterpart& row : counterparts())
    if (std::string_view("option") == row.kind && is_called(row, wanted)) found.add_if(known, row.name);
  std::vector<std::string> names = found.names();
  for (std::string& name : names)
    if (std::find(known.begin(), known.end(), name) != known.end())
      name = "--" + name;
    else if (!name.starts_with("--"))
      name = "'" + name + "'";
  for (const bool in_layers : {false, true}) {  // "momentum" is the optimizer's before it is that of a layer
    if (!names.empty()) break;
    Found parts;
    for (const Counterpart& row : counterparts()) {
      const std::string text = written(row);
      const bool called = is_called(row, wanted) || folded(*row.key ? row.key : row.name) == wanted;
      if (called && !text.empty() && is_known(text) && in_layers == (row.kind == std::string_view("layer")))
        parts.add(text);
    }
    names = parts.names();
  }
  std::string hint;
  for (const std::string& name : names) hint += (hint.empty() ? "" : " or ") + name;
  return hint;
}

std::string page_on(std::string_view kind, std::string_view word) {
  if (kind == "metric") return " (nn-eval(1))";
  if (kind == "precision") return " (nn-train(1))";
  if (kind == "layer") return " (nn-layers(7))";
  const std::string wanted = folded(word);
  return std::ranges::any_of(counterparts(), [&](const Counterpart& row) { return is_called(row, wanted); })
             ? " (nn-frameworks(7))"
             : "";
}

std::vector<std::vector<std::string>> counterpart_rows() {
  std::vector<std::vector<std::string>> rows;
  for (const Counterpart& row : counterparts()) {
    if (row.pytorch == std::string("(rule)")) continue;  // nn-train --list likes has these
    const bool lacking = shown(row.pytorch) == "none" || shown(row.keras) == "none";
    const std::string kind = std::string(row.kind) + " ";
    rows.push_back({kind + row.name + (*row.key ? std::string(",") + row.key : ""), shown(row.pytorch),
                    shown(row.keras), lacking ? row.note : ""});
  }
  return rows;
}

}  // namespace nn
