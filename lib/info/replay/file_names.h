// SPDX-License-Identifier: MIT
// Names of files in scripts: which a step gets, and how they are quoted.
#pragma once

#include <set>
#include <string>

namespace nn {

/// Names of files below one folder, each given once.
class UniqueNames {
 public:
  /// The name as it was recorded, with the folders in it, where it leads to nowhere else, make can write it, and it is
  /// free: some files hold the names that their command was given. Else unique() of its last part.
  std::string as_recorded(const std::string& name);
  /// What make has no way to write, and '/', become '_'; a second "m.h5" is "m-2.h5".
  std::string unique(const std::string& name);

 private:
  std::set<std::string> taken_{"all", "check"};  // targets of the makefile
};

/// A word for the shell: as it is where no character of it means anything, else in single quotes.
std::string shell_quoted(const std::string& word);

/// The same in a recipe of make, where '$' counts; a line end is the variable NEWLINE of the
/// environment, which the makefile sets.
std::string recipe_quoted(const std::string& word);

/// A target or prerequisite. Empty for a name that make has no way to write.
std::string make_name(const std::string& name);

/// For a comment, which is one line.
std::string comment_text(const std::string& text);

}  // namespace nn
