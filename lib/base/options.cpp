// SPDX-License-Identifier: MIT
#include "base/options.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "base/error.h"
#include "base/log.h"
#include "base/registry.h"
#include "base/text/printable.h"

namespace nn {
namespace {

bool is_flag(const Option& option) { return option.metavar.empty(); }

/// What a choice is called in messages: an operand by its own name, an option by a word that says more than "value"
/// where it is one.
std::string kind_of(const Option& option) {
  static const std::vector<std::string> kinds{"device", "format", "list", "precision"};
  return option.operand || std::find(kinds.begin(), kinds.end(), option.name) != kinds.end() ? option.name : "value";
}

// A choice may carry arguments of its own: "step,size=3" and "conv:6" are checked by their first word.
void check_choice(const Option& option, std::string_view value) {
  if (option.choices.empty()) return;
  const std::string_view head = value.substr(0, value.find_first_of(",:="));
  for (const std::string& choice : option.choices)
    if (value == choice || head == choice) return;
  std::vector<Candidate> known = option.choice_words;
  for (const std::string& choice : option.choices)
    if (std::ranges::none_of(known, [&](const Candidate& c) { return c.name == choice; }))
      known.push_back({choice, "", ""});
  throw UsageError(unknown_name(kind_of(option), value, known, option.sayings_of_values));
}

// What is no number is refused by set() in its own words.
void check_range(const Option& option, std::string_view value) {
  const std::string expected = option.range.text();
  if (expected.empty()) return;
  const std::string_view text = value.substr(0, value.find(','));
  double number = 0;
  try {
    parse_value(text, number);
  } catch (const UsageError&) {
    return;
  }
  if (!option.range.holds(number)) throw UsageError("expected " + expected + ", found " + std::string(text));
}

}  // namespace

NN_OPTIONS_OF_USUAL_TYPES()

Option& OptionSet::flag(std::string name, bool& field, std::string help) {
  return add(std::move(name), field, "", std::move(help));
}

Option& OptionSet::add(Option option) {
  if (find(option.name)) throw std::logic_error("option " + option.name + " is declared twice");
  options_.push_back(with_framework(std::move(option)));
  return options_.back();
}

Option OptionSet::with_framework(Option option) const {
  option.plain_text = option.default_text;
  option.framework = framework_;
  return option;
}

Option* OptionSet::find(std::string_view name) {
  const auto at = std::find_if(options_.begin(), options_.end(), [&](const Option& o) { return o.name == name; });
  return at == options_.end() ? nullptr : &*at;
}

const Option* OptionSet::find(std::string_view name) const { return const_cast<OptionSet*>(this)->find(name); }

bool OptionSet::given(std::string_view name) const {
  const Option* option = find(name);
  return option && option->given;
}

void OptionSet::set_option(std::string_view name, std::string_view value) {
  Option* option = find(name);
  if (!option) throw unknown(name);
  const auto take = [&] {
    check_choice(*option, value);
    check_range(*option, value);
    option->set(value);
  };
  if (option->operand)
    take();  // its name is not written on the command line
  else
    in_context(name, take);
  option->given = true;
}

UnknownOption OptionSet::unknown(std::string_view name) const {
  std::vector<Candidate> known;
  std::vector<Saying> sayings;
  for (const Option& o : options_) {
    known.push_back(o.words());
    sayings.insert(sayings.end(), o.sayings.begin(), o.sayings.end());
  }
  const std::string plain = unknown_name("option", name, std::vector<Candidate>{}),
                    message = unknown_name("option", name, known, sayings), rest = message.substr(plain.size());
  const bool answered = !rest.empty() && !rest.starts_with("; known");
  return UnknownOption(message, answered ? "" : std::string(name), rest);
}

Spec parse_spec(std::string_view text, char after_name) {
  const auto malformed = [&](const std::string& why) {
    return UsageError(after_name == ',' ? "'" + printable(std::string(text)) + "': " + why
                                        : why);  // of a layer the place names the text
  };
  Spec spec;
  const size_t name_end = text.find(after_name);
  spec.name = text.substr(0, name_end);
  if (spec.name.empty()) throw malformed("a name is missing");
  if (after_name != ',' && text.find(',') == text.size() - 1)
    throw malformed("layers are separated by blanks, without a comma: write '" +
                    printable(std::string(text.substr(0, text.size() - 1))) + "'");
  if (after_name != ',' && spec.name.find(',') != std::string::npos)
    throw malformed("arguments follow '" + std::string(1, after_name) + "', as in NAME" + after_name +
                    "VALUE,KEY=VALUE");
  if (name_end == std::string_view::npos) return spec;
  std::string_view rest = text.substr(name_end + 1);
  for (bool more = true; more;) {
    const size_t comma = rest.find(',');
    const std::string_view part = rest.substr(0, comma);
    if (part.empty())
      throw malformed("an argument is missing after '" + std::string(text.substr(0, text.size() - rest.size())) + "'");
    const size_t equals = part.find('=');
    if (equals == 0) throw malformed("a name is missing before '" + std::string(part) + "'");
    if (equals == std::string_view::npos)
      spec.places.emplace_back(part);
    else
      spec.named.emplace_back(part.substr(0, equals), part.substr(equals + 1));
    more = comma != std::string_view::npos;
    if (more) rest.remove_prefix(comma + 1);
  }
  return spec;
}

namespace {
/// "; it takes val=PART, test=PART, stratify"
std::string what_it_takes(const OptionSet& options) {
  std::string list;
  for (const Option& o : options.all())
    list += (list.empty() ? "; it takes " : ", ") + o.name + (is_flag(o) ? "" : "=" + o.metavar);
  return list;
}
}  // namespace

void apply_spec(const Spec& spec, OptionSet& options) {
  std::vector<std::string> set_here;
  const auto set = [&](const std::string& name, std::string_view value) {
    if (std::find(set_here.begin(), set_here.end(), name) != set_here.end())
      throw UsageError("'" + name + "' is given twice");
    set_here.push_back(name);
    options.set_option(name, value);
  };
  in_context(spec.name, [&] {
    std::vector<std::string> places;
    std::string list;  // the option that takes all words from its place on
    for (const Option& o : options.all())
      if (o.positional) (o.adds_up ? list : places.emplace_back()) = o.name;
    size_t next = 0;
    for (const std::string& word : spec.places) {
      const Option* named = options.find(word);
      if (named && is_flag(*named))
        set(word, "true");
      else if (next < places.size())
        set(places[next++], word);
      else if (!list.empty())
        options.set_option(list, word);
      else if (named)
        throw UsageError("'" + word + "' needs a value: " + word + "=" + named->metavar);
      else if (places.empty())
        throw UsageError("does not take '" + printable(cut_word(word)) + "'" + what_it_takes(options));
      else
        throw UsageError("'" + printable(cut_word(word)) + "' is one argument too many (by place it takes " +
                         value_text(static_cast<uint64_t>(places.size())) + ")");
    }
    for (const auto& [key, value] : spec.named) set(key, value);
    for (const Option& o : options.all())
      if (o.required && !o.given) throw UsageError("needs " + o.name + ": " + o.help);
  });
}

std::string spec_text(std::string_view name, const OptionSet& options, char after_name) {
  std::string text(name);
  char separator = after_name;
  const auto append = [&](const std::string& part) {
    text += separator + part;
    separator = ',';
  };
  bool by_place = true;  // until a positional option keeps its default: those behind it need their names
  for (const Option& o : options.all()) {
    if (!o.positional) continue;
    if (o.adds_up) {
      for (const std::string& value : o.values()) append(value);
      continue;
    }
    const std::string value = o.get();
    const Option* same_word = options.find(value);
    const bool plain = !value.empty() && value.find('=') == std::string::npos && !(same_word && is_flag(*same_word));
    if (!o.recorded || (value == o.plain_text && !o.required))
      by_place = false;
    else if (by_place && plain)
      append(value);
    else {
      append(o.name + "=" + value);
      by_place = false;
    }
  }
  for (const Option& o : options.all()) {
    if (o.positional || !o.recorded) continue;
    const std::string value = o.get();
    if (value == o.plain_text) continue;
    append(is_flag(o) && value == "true" ? o.name : o.name + "=" + value);
  }
  return text;
}

}  // namespace nn
