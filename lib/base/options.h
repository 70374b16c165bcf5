// SPDX-License-Identifier: MIT
// An option is declared once, beside the field that holds its value:
//     set.add("lr", lr_, "RATE", "learning rate").brief_help();
// Parsing, -h, --help, completions, the OPTIONS of a man page and the attributes saved in HDF5 all walk the same set.
// Tools, layers, losses, optimizers, schedules and preparation steps declare theirs in this one way.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/option.h"

namespace nn {

/// The options of one thing, in order of declaration. References into the declared fields must outlive the set.
class OptionSet {
 public:
  /// framework: the profile whose defaults the fields get as they are declared (Option::in); empty: they keep theirs.
  explicit OptionSet(std::string framework) : framework_(std::move(framework)) {}
  OptionSet() = default;

  template <class T>
  Option& add(std::string name, T& field, std::string metavar, std::string help) {
    return add(made(std::move(name), field, std::move(metavar), std::move(help)));
  }
  Option& flag(std::string name, bool& field, std::string help);
  Option& add(Option option);
  /// A default in which frameworks differ and that an option of the tool overrides, as --lr does that of the optimizer:
  /// no argument here, but listed and recorded with the others.
  template <class T>
  Option& outer(std::string name, T& field) {
    return outer_.emplace_back(with_framework(made(std::move(name), field, "", "")));
  }

  const std::string& framework() const { return framework_; }
  const std::vector<Option>& outer() const { return outer_; }
  const std::vector<Option>& all() const { return options_; }
  std::vector<Option>& all() { return options_; }
  Option* find(std::string_view name);
  const Option* find(std::string_view name) const;
  bool given(std::string_view name) const;

  /// Sets by name; an unknown name is an UnknownOption that suggests the nearest; a bad value names the option.
  void set_option(std::string_view name, std::string_view value);

 private:
  template <class T>
  static Option made(std::string name, T& field, std::string metavar, std::string help);
  Option with_framework(Option option) const;
  UnknownOption unknown(std::string_view name) const;

  std::string framework_;
  std::vector<Option> options_, outer_;
};

template <class T>
Option OptionSet::made(std::string name, T& field, std::string metavar, std::string help) {
  Option o;
  o.name = std::move(name);
  o.metavar = std::move(metavar);
  o.help = std::move(help);
  o.default_text = value_text(field);
  if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    o.adds_up = true;
    o.values = [&field] { return field; };
  }
  o.set = [&field](std::string_view text) { parse_value(text, field); };
  o.get = [&field] { return value_text(field); };
  return o;
}
// Of the usual types they are compiled once, in options.cpp.
#define NN_OPTIONS_OF(word, T)                                                     \
  word template Option OptionSet::made(std::string, T&, std::string, std::string); \
  word template Option& OptionSet::add(std::string, T&, std::string, std::string);
#define NN_OPTIONS_OF_USUAL_TYPES(word) \
  NN_OPTIONS_OF(word, bool)             \
  NN_OPTIONS_OF(word, int)              \
  NN_OPTIONS_OF(word, int64_t)          \
  NN_OPTIONS_OF(word, uint64_t)         \
  NN_OPTIONS_OF(word, double) NN_OPTIONS_OF(word, std::string) NN_OPTIONS_OF(word, std::vector<std::string>)
NN_OPTIONS_OF_USUAL_TYPES(extern)

/// "sgd,momentum=0.9,nesterov": a name, values by place, values by name; a lone word after the places is a flag.
/// Layers use ':' before the arguments ("conv:6,5,stride=2"), everything else ',' ("step,size=3").
struct Spec {
  std::string name;
  std::vector<std::string> places;                         ///< arguments without '='
  std::vector<std::pair<std::string, std::string>> named;  ///< key=value
};
Spec parse_spec(std::string_view text, char after_name);

/// Gives the spec's arguments to the options: places fill the positional options in order, the last of which takes all
/// the others where it adds up, a further lone word sets the flag of that name. Missing required ones, unknown names
/// and too many places are UsageErrors naming `spec.name`.
void apply_spec(const Spec& spec, OptionSet& options);

/// "name,key=value,..." with every recorded option that differs from its default without a framework: reads back to the
/// same settings where no framework is told.
std::string spec_text(std::string_view name, const OptionSet& options, char after_name);

}  // namespace nn
