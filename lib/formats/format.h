// SPDX-License-Identifier: MIT
// Foreign files: data sets and tables of results that come from, or go to, other people's programs.
//
// To add a format: a file lib/formats/NAME_format.cpp that defines `extern const FormatType NAME_format` with what it can
// do (null where it cannot), and one line FORMAT(NAME) in formats.def. nn-convert's --from, --to, suffixes, help, man
// page and completion follow, and so does the generic round-trip test over the table.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/budget.h"
#include "base/log.h"
#include "base/options.h"
#include "base/registry.h"
#include "base/table.h"
#include "data/dataset.h"

namespace nn {

/// What a reader or writer may be told; nn-convert's options write straight into it.
struct FormatOptions {
  std::string label;                 ///< CSV column with the class: a name, or a number from 1 (-1 is the last)
  std::vector<std::string> target;   ///< CSV columns with numbers to predict
  std::string header = "auto";       ///< auto, yes, no
  std::string shape;                 ///< "1x28x28": rows of CSV are images of that shape, values 0 to 255
  std::string split;                 ///< read: name of the split made (train); write: the split written
  const Log* log = nullptr;          ///< where remarks about the data go; may be null
  Budget budget;                     ///< asked before what a file declares is allocated
  void declare(OptionSet& set);
  void warning(const std::string& message) const {
    if (log) log->warning(message);
  }
  /// What was guessed, with the option that decides it.
  void note(const std::string& message) const {
    if (log) log->note(message);
  }
};

/// One file of an output: name relative to a folder, empty when the output is the file itself.
struct ForeignFile {
  std::string name;
  std::vector<std::byte> bytes;
};

struct FormatType {
  const char* name;
  const char* summary;
  std::vector<std::string> suffixes;  ///< of file names, lower case, the first is the usual one; none for folders
  bool folder;                        ///< an output is a folder of files
  /// Error naming file, place, expected and found. input: a file, a folder where that makes sense; "-" is stdin.
  Dataset (*read)(const std::string& input, const FormatOptions& options);
  std::vector<ForeignFile> (*write)(const Dataset& data, const FormatOptions& options);
  std::string (*write_table)(const TextTable& table);
};
Table<FormatType> format_types();

/// The format of a name by its suffix or, for a folder, by what lies in it; nullptr when nothing fits.
const FormatType* format_of(const std::string& name);
/// Writes files to `target`: one file through h5::OutFile ("-" is stdout), or a folder made beside it under a private
/// name and then renamed. Error when the folder is there already and not empty.
void write_foreign(const std::string& target, const FormatType& format, const std::vector<ForeignFile>& files, bool no_clobber);

}  // namespace nn
