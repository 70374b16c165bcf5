// SPDX-License-Identifier: MIT
// An option is declared once, beside the field that holds its value:
//     set.add("lr", lr_, "RATE", "learning rate").brief_help();
// Parsing, -h, --help, completions, the OPTIONS of a man page and the attributes saved in HDF5 all walk the same set.
// Tools, layers, losses, optimizers, schedules and preparation steps declare theirs in this one way.
#pragma once

#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/text/number.h"

namespace nn {

/// The numbers that an option takes.
struct NumberRange {
  double least = -std::numeric_limits<double>::infinity(), most = std::numeric_limits<double>::infinity();
  bool least_is_out = false, most_is_out = false;  ///< the ends themselves do not belong to it

  bool holds(double value) const;
  std::string text() const;  ///< "1 or more", "0 to 1", "above 0", "0 or more and below 1"; empty without a limit
};

struct Option {
  std::string name;                  ///< kebab-case, without dashes
  char letter = 0;                   ///< short form, 0 for none
  std::string metavar;               ///< empty: a flag
  std::string help;                  ///< full sentences are welcome; no trailing period needed
  std::string default_text;          ///< the field's value when declared
  std::string group;                 ///< heading in --help and man; empty: the tool's own
  std::vector<std::string> choices;  ///< for completion and, when closed, for checking
  bool brief = false;                ///< listed by -h
  bool positional = false;           ///< a layer's argument that may be given by place, in order of declaration
  bool operand = false;              ///< a tool's operand (MODEL, DATA), in order of declaration
  bool required = false;             ///< must be given
  bool recorded = true;              ///< saved in provenance and HDF5 attributes
  bool given = false;                ///< set by set_option()
  bool adds_up = false;              ///< may be given again, and then all its values count; else once only
  NumberRange range;                 ///< of its value, or of the number in front of the first ',' of it
  /// Its value (with keys behind it, see metavar: up to the first ',') names a file or folder that the tool reads or
  /// writes: before anything is read cli refuses an output that is an input or another output under whatever name.
  enum class File { none, read, written } file = File::none;
  using FileNames = std::function<std::vector<std::string>(const std::string& value)>;
  FileNames file_names;                              ///< of one value, when there are others than that
  std::function<std::vector<std::string>()> values;  ///< one by one, of an option that adds up
  std::function<void(std::string_view)> set;
  std::function<std::string()> get;

  Option& brief_help() { return brief = true, *this; }
  Option& by_place() { return positional = true, *this; }
  Option& as_operand() { return operand = true, *this; }
  Option& must() { return required = true, *this; }
  Option& not_recorded() { return recorded = false, *this; }
  Option& one_of(std::vector<std::string> names) { return choices = std::move(names), *this; }
  Option& in_group(std::string heading) { return group = std::move(heading), *this; }
  Option& short_form(char c) { return letter = c, *this; }
  Option& at_least(double least) { return range.least = least, *this; }
  Option& at_most(double most) { return range.most = most, *this; }
  Option& between(double least, double most) { return at_least(least).at_most(most); }
  Option& above(double least) { return range.least_is_out = true, at_least(least); }
  Option& below(double most) { return range.most_is_out = true, at_most(most); }
  Option& reads_file(FileNames names = {}) { return file = File::read, file_names = std::move(names), *this; }
  Option& writes_file(FileNames names = {}) { return file = File::written, file_names = std::move(names), *this; }
  /// Names of all files in its value, none when it is empty.
  std::vector<std::string> files() const;
};

/// The options of one thing, in order of declaration. References into the declared fields must outlive the set.
class OptionSet {
 public:
  template <class T>
  Option& add(std::string name, T& field, std::string metavar, std::string help) {
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
    return add(std::move(o));
  }
  Option& flag(std::string name, bool& field, std::string help) {
    return add(std::move(name), field, "", std::move(help));
  }
  Option& add(Option option);

  const std::vector<Option>& all() const { return options_; }
  std::vector<Option>& all() { return options_; }
  Option* find(std::string_view name);
  const Option* find(std::string_view name) const;
  bool given(std::string_view name) const;

  /// Sets by name; an unknown name is a UsageError that suggests the nearest; a bad value names the option.
  void set_option(std::string_view name, std::string_view value);

 private:
  std::vector<Option> options_;
};

/// "sgd,momentum=0.9,nesterov": a name, values by place, values by name; a lone word after the places is a flag.
/// Layers use ':' before the arguments ("conv:6,5,stride=2"), everything else ',' ("step,size=3").
struct Spec {
  std::string name;
  std::vector<std::string> places;                         ///< arguments without '='
  std::vector<std::pair<std::string, std::string>> named;  ///< key=value
};
Spec parse_spec(std::string_view text, char after_name);

/// Gives the spec's arguments to the options: places fill the positional options in order, a further lone word sets
/// the flag of that name. Missing required ones, unknown names and too many places are UsageErrors naming `spec.name`.
void apply_spec(const Spec& spec, OptionSet& options);

/// Makes the defaults of `plain` those of `set`, whose values stay: for spec_text() of things that were made with the
/// defaults of another framework.
void take_defaults(OptionSet& set, const OptionSet& plain);

/// "name,key=value,..." with every recorded option that differs from its default: reads back to the same settings.
std::string spec_text(std::string_view name, const OptionSet& options, char after_name);

}  // namespace nn
