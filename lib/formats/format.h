// SPDX-License-Identifier: MIT
// Foreign files: data sets and tables of results that come from, or go to, other people's programs.
//
// To add a format: a file lib/formats/NAME_format.cpp that defines `extern const FormatType NAME_format` with what it
// can do (null where it cannot), and one line FORMAT(NAME) in formats.def. nn-convert's --from, --to, suffixes, help,
// man page and completion follow, and so does the generic round-trip test over the table.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/options.h"
#include "base/registry.h"
#include "base/system/budget.h"
#include "base/text/table.h"
#include "data/dataset.h"

namespace nn {

struct OpenedPipe;  // intake.h

/// What a reader or writer may be told; nn-convert's options write straight into it.
struct FormatOptions {
  std::string label;                  ///< column of a table with the class: a name, or a number from 1 (-1 is the last)
  std::vector<std::string> target;    ///< columns of a table with numbers to predict
  std::vector<std::string> features;  ///< columns of a table that are features; empty: those that are nothing else
  std::vector<std::string> ignore;    ///< columns of a table that are left out
  std::string header = "auto";        ///< auto, yes, no
  std::string separator = "auto";     ///< auto, comma, semicolon, tab, space, or one character
  std::string decimal = "auto";       ///< auto, ".", ","
  std::string shape;                  ///< "1x28x28": rows of a table are images of that shape
  std::string y = "auto";             ///< what an array of labels holds: auto, labels, targets
  std::string layout = "auto";        ///< where arrays of images hold their channels: auto, NCHW, NHWC
  std::string split;                  ///< read: name of the split made (train); write: the split written
  std::string classes;                ///< a file of class names, or names between commas
  std::string range;                  ///< "0:16": least and greatest value of a pixel
  std::string title;                  ///< of the data set made
  std::vector<std::string> class_names;  ///< what `classes` names, by named_classes(); empty: the data tell
  std::string depth;                     ///< "8": samples of 16 bits of pictures are scaled
  std::string color;                     ///< "gray", "rgb": all pictures are made so; empty: as they are, all alike
  std::string background;                ///< of transparent pictures: a colour, or "none" for the colours as stored
  const Log* log = nullptr;              ///< where remarks about the data go; may be null
  Budget budget;                         ///< asked before what a file declares is allocated
  std::shared_ptr<const OpenedPipe>
      pipe;  ///< the input where it is a named pipe, which can be opened once only; else null
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
  /// Names of the options of FormatOptions that it takes when reading, besides those that every format takes (title,
  /// classes, range), and when writing. Any other is refused where the user gives it.
  std::vector<std::string> read_options, write_options;
  /// Error naming file, place, expected and found. input: a file, a folder where that makes sense; "-" is stdin.
  Dataset (*read)(const std::string& input, const FormatOptions& options);
  std::vector<ForeignFile> (*write)(const Dataset& data, const FormatOptions& options);
  std::string (*write_table)(const TextTable& table);
  /// Files that are read besides one that is named; null: none.
  std::vector<std::string> (*beside)(const std::string& input) = nullptr;
  bool typed = false;  ///< cells of a table are numbers, lists and null as such, not texts of them
};
Table<FormatType> format_types();

/// UsageError for an option that was given and has no effect on what is read (from) and written (to), with the formats
/// that take it. nullptr stands for our own files.
/// results: what is written instead of a data set, as "the results of a model file"; empty: a data set.
void check_format_options(const OptionSet& options, const FormatType* from, const FormatType* to,
                          const std::string& results = "");

/// The format of a name by its suffix or, for a folder, by what lies in it; nullptr when nothing fits.
const FormatType* format_of(const std::string& name);
/// Writes files to `target`: one file through h5::OutFile ("-" is stdout), or a folder (folder_output.h). Error when
/// the folder is there already and not empty. interrupted: asked before each file of a folder; what was made is removed
/// then.
void write_foreign(const std::string& target, const FormatType& format, const std::vector<ForeignFile>& files,
                   bool no_clobber, const std::function<bool()>& interrupted = {});

}  // namespace nn
