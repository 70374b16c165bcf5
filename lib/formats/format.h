// SPDX-License-Identifier: MIT
// Foreign files: data sets, models (models/model_format.h) and tables of results that come from, or go to, other
// people's programs.
//
// To add a format of data sets: a file lib/formats/datasets/NAME_format.cpp, or a folder of it, that defines
// `extern const DatasetFormat NAME_format` with what it can do (null where it cannot), and one line PLUGIN(NAME) in
// datasets/formats.def. Its options are a struct derived from FormatOptions that declares them for reading and for
// writing; its signature, where its files have one, is a Content. nn-convert's --from, --to, options, suffixes, help,
// man page and completion follow, and so does the generic round-trip test over the table.
// To add a form in which results are written as text: tables/NAME_table.cpp and PLUGIN(NAME) in tables/tables.def.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/log.h"
#include "base/options.h"
#include "base/registry.h"
#include "base/system/budget.h"
#include "base/text/table.h"
#include "data/dataset.h"
#include "h5/writing/outfile.h"

namespace nn {

struct OpenedPipe;  // intake.h

/// What every format is handed, whatever its own options are.
struct FormatOptions {
  std::vector<std::string> class_names;  ///< the classes that the user names, in order; empty: the data tell
  const Log* log = nullptr;              ///< where remarks about the data go; may be null
  Shape sample;                          ///< of a model that is read, where the user names it (--input); else rank 0
  std::string target;                    ///< name of OUT; empty or "-": standard output
  h5::OutRules rules = {};               ///< of OUT, and of files beside it
  Budget budget;                         ///< asked before what a file declares is allocated
  std::shared_ptr<const OpenedPipe>
      pipe;  ///< the input where it is a named pipe, which can be opened once only; else null
  void warning(const std::string& message) const {
    if (log) log->warning(message);
  }
  /// What was guessed, with the option that decides it.
  void note(const std::string& message) const {
    if (log) log->note(message);
  }
};

/// --split, which every format of data sets has: the split to make or to read, and the split to write.
void declare_split(OptionSet& set, std::string& split);

/// How the files of a format begin: by this they are known, and no more of a file is read than can be of use.
struct Content {
  /// Whether a file with these first bytes may be one (16 of them, or all there are); null: any may.
  bool (*begins)(std::string_view start) = nullptr;
  /// Bytes of the whole file as its header states them; empty: that is no whole header. Null: it states none.
  std::optional<uint64_t> (*size)(std::span<const std::byte> start) = nullptr;
  bool is_text = false;  ///< lines are bounded
  size_t most = 0;       ///< bytes of a text; 0: any number
  /// Why a single file that begins so is not read as a data set; null: it is.
  const char* refusal = nullptr;
};

/// Reads one kind of thing (a data set, a model): made, given its options, called.
template <class Result>
class FormatReader {
 public:
  virtual ~FormatReader() = default;
  virtual void options(OptionSet& set) = 0;
  /// input: a file, a folder where that makes sense; "-" is stdin. Error naming file, place, expected and found.
  virtual Result read(const std::string& input, const FormatOptions& common) = 0;
};

/// One file of an output: name relative to a folder, empty when the output is the file itself.
struct ForeignFile {
  std::string name;
  std::vector<std::byte> bytes;
};

template <class Source>
class FormatWriter {
 public:
  virtual ~FormatWriter() = default;
  virtual void options(OptionSet& set) = 0;
  virtual std::vector<ForeignFile> write(const Source& source, const FormatOptions& common) = 0;
};

/// A reader that is one function. Options: derived from FormatOptions, with declare_reading(OptionSet&).
template <class Options, auto function>
auto reader_with() {
  using Result = std::invoke_result_t<decltype(function), const std::string&, const Options&>;
  struct Reader : FormatReader<Result> {
    Options own;
    void options(OptionSet& set) override { own.declare_reading(set); }
    Result read(const std::string& input, const FormatOptions& common) override {
      static_cast<FormatOptions&>(own) = common;
      return function(input, own);
    }
  };
  return std::unique_ptr<FormatReader<Result>>(new Reader);
}

/// The same for a writer, with declare_writing(OptionSet&).
template <class Source, class Options>
Source source_of(std::vector<ForeignFile> (*)(const Source&, const Options&));  // in decltype only
template <class Options, auto function>
auto writer_with() {
  using Source = decltype(source_of(function));
  struct Writer : FormatWriter<Source> {
    Options own;
    void options(OptionSet& set) override { own.declare_writing(set); }
    std::vector<ForeignFile> write(const Source& source, const FormatOptions& common) override {
      static_cast<FormatOptions&>(own) = common;
      return function(source, own);
    }
  };
  return std::unique_ptr<FormatWriter<Source>>(new Writer);
}

/// What a format is and can do: reads Result, writes Source.
template <class Result, class Source>
struct ForeignFormat {
  const char* name;
  const char* summary;
  std::vector<std::string> suffixes;  ///< of file names, lower case, the first is the usual one; none for folders
  bool folder;                        ///< an output is a folder of files
  bool text;                          ///< an output is text
  const Content* content;             ///< of one of its files
  std::unique_ptr<FormatReader<Result>> (*reader)();
  std::unique_ptr<FormatWriter<Source>> (*writer)();
  /// Files that are read besides one that is named; null: none.
  std::vector<std::string> (*beside)(const std::string& input) = nullptr;
  /// Columns that it holds in the place of images or features, as "text"; none: those.
  std::vector<std::string> columns = {};
  /// Whether a folder is one that it reads; null: it reads no folders, or tells them in another way.
  bool (*takes_folder)(const std::string& folder) = nullptr;
};

using DatasetReader = FormatReader<Dataset>;
using DatasetWriter = FormatWriter<Dataset>;
using DatasetFormat = ForeignFormat<Dataset, Dataset>;
Table<DatasetFormat> dataset_formats();

/// A form in which history, metrics and predictions are written as text.
struct TableFormat {
  const char* name;
  const char* summary;
  std::vector<std::string> suffixes;
  std::string (*write)(const TextTable& table);
  bool typed;  ///< cells are numbers, lists and null as such, not texts of them
};
Table<TableFormat> table_formats();

/// Names and summaries of all tables, each name once.
std::vector<std::pair<std::string, std::string>> format_list();

/// The format of a data set's name by its suffix or, for a folder, by what lies in it; nullptr when nothing fits.
const DatasetFormat* dataset_format_of(const std::string& name);
const TableFormat* table_format_of(const std::string& name);
/// The data set as files of a format. Error when it has no images or features, or not the columns that the format holds
/// in their place; a warning names the columns that it does not hold (weights, text, ...).
std::vector<ForeignFile> foreign_files(DatasetWriter& writer, const DatasetFormat& format, const Dataset& data,
                                       const FormatOptions& options);
/// The format whose suffix the name ends with, the longest such suffix first; null when there is none.
template <class Format>
const Format* format_by_suffix(Table<Format> table, std::string name) {
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  const Format* found = nullptr;
  size_t longest = 0;
  for (const Format* format : table)
    for (const std::string& suffix : format->suffixes)
      if (suffix.size() > longest && name.ends_with(suffix)) found = format, longest = suffix.size();
  return found;
}

/// Writes files to `target`: one file through h5::OutFile ("-" is stdout), or a folder (folder_output.h). Error when
/// the folder is there already and not empty. interrupted: asked before each file of a folder; what was made is removed
/// then.
void write_files(const std::string& target, const char* format, bool folder, bool text,
                 const std::vector<ForeignFile>& files, const h5::OutRules& rules,
                 const std::function<bool()>& interrupted = {});
template <class Format>
void write_foreign(const std::string& target, const Format& format, const std::vector<ForeignFile>& files,
                   const h5::OutRules& rules, const std::function<bool()>& interrupted = {}) {
  write_files(target, format.name, format.folder, format.text, files, rules, interrupted);
}

}  // namespace nn
