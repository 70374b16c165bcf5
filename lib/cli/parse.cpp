// SPDX-License-Identifier: MIT
#include "cli/parse.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <map>

#include "base/error.h"
#include "cli/advice.h"

namespace nn::cli {
namespace {

struct Known {
  std::string name;
  bool flag = false, negated = false;
};

/// The options as CLI11 sees them, and what each of its options means to us.
class Grammar {
 public:
  Grammar(const OptionSet& set, const std::vector<NamedList>& lists) : set_(set), lists_(lists), app_("", "nn") {
    app_.set_help_flag("");
    app_.allow_extras();
    brief_ = app_.add_flag("-h");
  }

  void add(const Option& option) {
    if (option.operand) return;
    std::string names = "--" + option.name;
    if (option.letter && option.letter != 'h') names = fmt::format("-{},{}", option.letter, names);
    put(names, {option.name, is_flag(option), false});
    if (is_on_by_default(option)) put("--no-" + option.name, {option.name, true, true});
  }

  /// "-epochs 3" would be -e with the value "pochs".
  void refuse_single_dashes(int argc, const char* const* argv) const {
    for (int i = 1; i < argc && std::string_view(argv[i]) != "--"; ++i) {
      const std::string_view word = argv[i], name = word.substr(0, word.find('='));
      if (name.size() < 3 || name[0] != '-' || name[1] == '-') continue;
      for (const auto& [o, k] : known_)
        if (k.name == name.substr(1))
          throw UsageError(fmt::format("unknown option {} (did you mean -{}?)", name, name));
    }
  }

  /// "--verbose 0", as of Keras: the number would be taken for an operand.
  static void refuse_counts(int argc, const char* const* argv) {
    for (int i = 1; i + 1 < argc && std::string_view(argv[i]) != "--"; ++i) {
      const std::string_view word = argv[i], next = argv[i + 1];
      if ((word == "--verbose" || word == "-v") && (next == "0" || next == "1" || next == "2") &&
          !std::filesystem::exists(next))
        throw UsageError(fmt::format("{} takes no value, found '{}'; write -q for less, -v for more", word, next));
    }
  }

  CommandLine parse(int argc, const char* const* argv) {
    refuse_single_dashes(argc, argv);
    refuse_counts(argc, argv);
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
      throw UsageError(explain(e.what()));
    }
    CommandLine line;
    line.brief_help = brief_->count() > 0;
    bool options_ended = false;  // what CLI11 has no option for stays in order, with the "--"
    for (const std::string& rest : app_.remaining()) {
      if (!options_ended && rest == "--")
        options_ended = true;
      else if (!options_ended && rest.size() > 1 && rest[0] == '-')
        throw UsageError(unknown(rest));
      else
        line.operands.push_back(rest);
    }
    collect(line);
    return line;
  }

 private:
  static CLI::callback_t ignore() {
    return [](const CLI::results_t&) { return true; };
  }

  void put(const std::string& names, const Known& known) {
    CLI::Option* o = known.flag ? app_.add_flag(names) : app_.add_option(names, ignore());
    if (!known.flag) o->expected(1)->allow_extra_args(false);
    o->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    known_[o] = known;
  }

  /// parse_order() names an option once for each time it came; its results are in that order too.
  void collect(CommandLine& line) const {
    std::map<const CLI::Option*, size_t> used;
    for (const CLI::Option* o : app_.parse_order()) {
      auto found = known_.find(o);
      if (found == known_.end()) continue;
      size_t& n = used[o];
      if (n >= o->results().size()) continue;
      const std::string& value = o->results()[n++];
      const Known& k = found->second;
      if (k.flag && value != "true" && value != "false")
        throw UsageError(fmt::format("option --{} takes no value", k.name));
      line.options.emplace_back(k.name, k.negated ? (value == "true" ? "false" : "true") : value);
    }
  }

  std::string unknown(const std::string& word) const {
    std::string name = word.substr(0, word.find('='));
    if (name[1] != '-') return fmt::format("unknown option {}", name.substr(0, 2));
    std::vector<std::string> names;
    for (const auto& [o, k] : known_) names.push_back((k.negated ? "no-" : "") + k.name);
    return unknown_option(name.substr(2), set_, lists_, std::move(names), "--");
  }

  /// CLI11 words its messages differently from version to version; the option's name is all that we keep.
  std::string explain(const std::string& message) const {
    for (const auto& [o, k] : known_) {
      const std::string name = o->get_name();
      if (message.compare(0, name.size(), name) == 0 && message.size() > name.size() && message[name.size()] == ':')
        return k.flag ? fmt::format("option --{} takes no value", k.name)
                      : fmt::format("option --{} needs a value", k.name);
    }
    return message;
  }

  const OptionSet& set_;
  const std::vector<NamedList>& lists_;
  CLI::App app_;
  CLI::Option* brief_;
  std::map<const CLI::Option*, Known> known_;
};

}  // namespace

bool is_flag(const Option& option) { return option.metavar.empty(); }
bool is_on_by_default(const Option& option) { return is_flag(option) && option.default_text == "true"; }

CommandLine parse_command_line(int argc, const char* const* argv, const OptionSet& set, const OptionSet& hidden,
                               const std::vector<NamedList>& lists) {
  Grammar grammar(set, lists);
  for (const OptionSet* s : {&set, &hidden})
    for (const Option& o : s->all()) grammar.add(o);
  return grammar.parse(argc, argv);
}

}  // namespace nn::cli
