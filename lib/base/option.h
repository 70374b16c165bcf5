// SPDX-License-Identifier: MIT
// One option: its value, help, range and files, its default under each framework, and what it is called elsewhere.
// OptionSet::add (base/options.h) makes it; what it is beyond a name and a field is declared behind that:
//     set.add("eps", epsilon_, "X", "added to the variance").in("keras", "1e-3").called("pytorch", "eps");
#pragma once

#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text/number.h"
#include "base/words.h"

namespace nn {

/// The numbers that an option takes.
struct NumberRange {
  double least = -std::numeric_limits<double>::infinity(), most = std::numeric_limits<double>::infinity();
  bool least_is_out = false, most_is_out = false;  ///< the ends themselves do not belong to it

  bool holds(double value) const;
  std::string text() const;  ///< "1 or more", "0 to 1", "above 0", "0 or more and below 1"; empty without a limit
};

/// An option in one framework.
struct FrameworkOption {
  std::string framework;  ///< "pytorch" or "keras"
  std::string names;    ///< of the option there, joined by ", "; "-": it has none; "(script)": left to the user's loop
  std::string instead;  ///< what is used where it has none
};

struct Option {
  std::string name;                  ///< kebab-case, without dashes
  char letter = 0;                   ///< short form, 0 for none
  std::string metavar;               ///< empty: a flag
  std::string help;                  ///< full sentences are welcome; no trailing period needed
  std::string default_text;          ///< the field's value when declared, or the framework's
  std::string group;                 ///< heading in --help and man; empty: the tool's own
  std::vector<std::string> choices;  ///< for completion and, when closed, for checking
  bool brief = false;                ///< listed by -h
  bool positional = false;           ///< a layer's argument that may be given by place, in order of declaration
  bool operand = false;              ///< a tool's operand (MODEL, DATA), in order of declaration
  bool required = false;             ///< must be given
  bool recorded = true;              ///< saved in provenance and HDF5 attributes
  bool one_run = false;              ///< not of the training: a run that resumes another does not take it over
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

  // Frameworks. A profile is "pytorch", "keras", "keras-jax", ...; "keras" holds for all of Keras.
  std::string framework;   ///< profile whose defaults it has; empty: those of the field alone
  std::string plain_text;  ///< the default without a framework
  std::string rule;        ///< name under which a difference is listed and recorded in models; empty: it is none
  std::vector<std::pair<std::string, std::string>> defaults;  ///< by profile
  std::function<void(std::string_view)> set_usual;            ///< the value that an empty one stands for
  std::function<std::string()> usual;
  std::vector<FrameworkOption> there;
  std::string further_words;            ///< for it, joined by blanks
  std::string example;                  ///< value in the answer to one of these; empty: the metavar
  std::vector<Saying> sayings;          ///< of words that bring people here
  std::vector<Candidate> choice_words;  ///< what choices are called elsewhere
  std::vector<Saying> sayings_of_values;

  // Written out, since it is large and many files have options: they are compiled once.
  Option();
  ~Option();
  Option(const Option& other);
  Option(Option&& other) noexcept;
  Option& operator=(const Option& other);
  Option& operator=(Option&& other) noexcept;

  Option& brief_help() { return brief = true, *this; }
  Option& by_place() { return positional = true, *this; }
  Option& as_operand() { return operand = true, *this; }
  Option& must() { return required = true, *this; }
  Option& of_one_run() { return one_run = true, *this; }
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

  /// The default under a profile. "keras-jax" goes before "keras".
  Option& in(std::string_view profile, std::string value);
  /// An empty value stands for that of `field`, to which in() then applies.
  Option& when_empty(std::string& field);
  /// Its difference is listed by --list likes and recorded in models under that name.
  Option& named_rule(std::string name) { return rule = std::move(name), *this; }
  /// Its name in a framework, several joined by ", "; or in both.
  Option& called(std::string in_framework, std::string names);
  Option& called(const std::string& names) { return called("pytorch", names).called("keras", names); }
  /// A framework has none; `instead` is what is used then.
  Option& lacks(std::string in_framework, std::string instead);
  /// Further words for it, joined by blanks, and the value to write in the answer.
  Option& also(std::string words, std::string as = {});
  /// What is said of words that have no single name of ours.
  Option& says(std::string words, std::string sentence);
  /// The same for its values.
  Option& value_also(std::string choice, std::string words);
  Option& value_says(std::string words, std::string sentence);

  /// Names of all files in its value, none when it is empty.
  std::vector<std::string> files() const;
  /// It is given, and not with its default: a configuration that --print-config wrote gives all options.
  bool asks() const { return given && get() != default_text; }
  /// Its value, or what an empty one stands for.
  std::string in_force() const;
  /// The default under a profile, null where that is the field's own.
  const std::string* default_in(std::string_view profile) const;
  /// In "pytorch" or "keras"; null when nothing was declared.
  const FrameworkOption* in_framework(std::string_view framework) const;
  Candidate words() const;
};

}  // namespace nn
