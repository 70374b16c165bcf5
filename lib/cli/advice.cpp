// SPDX-License-Identifier: MIT
#include "cli/advice.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/registry.h"

namespace nn::cli {
namespace {

/// What another tool does, and the words that people look for it with.
constexpr std::pair<const char*, const char*> other_tools[] = {
    {"nn-prep --split val=20%", "validation_split val_split validation_size"},
    {"nn-prep --split test=20%", "test_size test_split train_test_split"},
    {"nn-prep --normalize MEAN:DEVIATION", "normalize normalise mean std"},
    {"nn-prep --scale 0:1", "rescale scale"},
    {"nn-prep --standardize", "standardize standardise"},
    {"nn-train --augment HOW", "data_augmentation"},
    {"nn-prep --split ...,stratify", "stratify stratified"},
};
constexpr const char *operand_words = "dataset data input",
                     *operands = "input files are operands: write the file name without an option";

/// Each once, in the order in which they are found, at most three.
class Answers {
 public:
  void add(const std::string& text) {
    if (texts_.size() < 3 && std::find(texts_.begin(), texts_.end(), text) == texts_.end()) texts_.push_back(text);
  }
  bool empty() const { return texts_.empty(); }
  std::string text() const {
    std::string all;
    for (const std::string& one : texts_) all += (all.empty() ? "" : " or ") + one;
    return all;
  }

 private:
  std::vector<std::string> texts_;
};

/// "--batch N": with an example of its value, or what the help calls it.
std::string example_of(const Option& option) {
  const std::string value =
      option.example.empty() ? option.metavar.substr(0, option.metavar.find('[')) : option.example;
  return "--" + option.name + (value.empty() ? "" : " " + value);
}

std::string spelled(std::string text, const std::string& name, const std::string& key) {
  const auto put = [&](std::string_view place, const std::string& word) {
    if (const size_t at = text.find(place); at != std::string::npos) text.replace(at, place.size(), word);
  };
  put("NAME", name);
  put("KEY", key);
  return text;
}

/// Entries of a list that the word names, and options of them. framework: set where it is a word of one.
void search(const NamedList& list, const OptionSet& set, const std::string& word, Answers& answers, bool& framework) {
  if (list.spelling.entry.empty()) return;
  const auto add = [&](const std::string& text) {
    if (!text.empty() && set.find(text.substr(2, text.find(' ') - 2))) answers.add(text);
  };
  std::map<std::string, std::vector<std::string>> users;
  std::vector<std::pair<std::string, bool>> keys;  // in order, and whether they are given by place
  const auto entries = list.entries();
  const auto has_name = [&](const NamedList::Entry& e) { return folded_word(e.name) == word; };
  const bool ours = std::any_of(entries.begin(), entries.end(), has_name);  // then no other of theirs is meant
  for (const NamedList::Entry& e : entries) {
    const bool theirs = has_word(e.known_as.pytorch, ',', word) || has_word(e.known_as.keras, ',', word);
    framework = framework || theirs;
    if (ours ? has_name(e) : theirs) add(spelled(list.spelling.entry, e.name, ""));
    for (const Option& o : e.options.all()) {
      const bool called = has_word(o.words().there, ',', word);
      framework = framework || called;
      if (!called && folded_word(o.name) != word) continue;
      if (users[o.name].empty()) keys.emplace_back(o.name, o.positional);
      users[o.name].push_back(e.name);
    }
  }
  for (const auto& [key, by_place] : keys)
    if (const auto& names = users[key]; names.size() > 1 && !list.spelling.any.empty())
      add(spelled(list.spelling.key, list.spelling.any, key));
    else
      for (const std::string& name : names)
        add(list.spelling.any.empty() && list.option.empty() && by_place ? spelled(list.spelling.entry, name, "")
                                                                         : spelled(list.spelling.key, name, key));
}

std::string sentence_on(const std::string& word, const OptionSet& set) {
  for (const Option& o : set.all())
    if (const std::string said = said_of(word, o.sayings); !said.empty()) return said;
  return has_word(operand_words, ' ', word) ? operands : "";
}

/// "--lr (nn-frameworks(7))"; empty when nothing has the word.
std::string hint(const std::string& word, const OptionSet& set, const std::vector<NamedList>& lists) {
  if (word.empty()) return "";
  Answers answers;
  bool framework = false;
  for (const Option& o : set.all())
    if (!o.operand && has_word(o.further_words, ' ', word)) answers.add(example_of(o));
  for (const auto& [command, words] : other_tools)
    if (has_word(words, ' ', word)) answers.add(fmt::format("'{}'", command));
  for (const Option& o : set.all())
    if (!o.operand && has_word(o.words().there, ',', word)) answers.add("--" + o.name), framework = true;
  Answers plug_ins, layers;  // "momentum" is the optimizer's before it is that of a layer
  for (const NamedList& list : lists) search(list, set, word, list.name == "layers" ? layers : plug_ins, framework);
  for (const Answers* found : {&answers, &plug_ins, &layers})
    if (!found->empty()) return found->text() + page_on("option", framework);
  return "";
}

}  // namespace

std::string unknown_option(const std::string& name, const OptionSet& set, const std::vector<NamedList>& lists,
                           std::vector<std::string> names, const std::string& dashes) {
  const std::string unknown = "unknown option " + dashes + name, word = folded_word(name);
  if (const std::string said = sentence_on(word, set); !said.empty()) return unknown + ": " + said;
  if (const std::string answer = hint(word, set, lists); !answer.empty())
    return fmt::format("{}: here it is {}", unknown, answer);
  std::sort(names.begin(), names.end());
  const std::vector<std::string> near = nearest(name, names);
  return near.empty() ? unknown + " (see --help)" : fmt::format("{} (did you mean {}{}?)", unknown, dashes, near[0]);
}

std::string with_own_option(const UnknownOption& error, const OptionSet& set) {
  const std::string message = error.what(), word = folded_word(error.option());
  for (const Option& o : set.all())
    if (!o.operand && !word.empty() && (folded_word(o.name) == word || has_word(o.words().there, ',', word)))
      return message.substr(0, message.size() - error.known().size()) + ": here it is an option of its own, --" +
             o.name;
  return message;
}

}  // namespace nn::cli
