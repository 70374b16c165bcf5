// SPDX-License-Identifier: MIT
// From a foreign file to a dataset: its format by name and content, and what holds for every format (title, classes,
// range).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "formats/intake.h"
#include "formats/models/model_format.h"
#include "h5/reading/reader.h"

namespace nn {

/// What may be said of a data set in whatever format it comes.
struct ReadOptions {
  std::string title;    ///< of the data set made
  std::string classes;  ///< a file of class names, or names between commas
  std::string range;    ///< "0:16": least and greatest value of a pixel
  void declare(OptionSet& set);
};

/// The format that `named` (--from) says or, without it, that the content of `input` and its suffix tell; nullptr for
/// one of our files. Of standard input and pipes the first bytes are looked at and stay there. What the suffix does not
/// say is noted. Error when there is no such file, UsageError when nothing tells the format.
const DatasetFormat* input_format(const std::string& input, const std::string& named, const FormatOptions& options);
/// The same for a model of another program; nullptr when it is none.
const ModelFormat* model_input_format(const std::string& input, const std::string& named, const FormatOptions& options);
/// IN and the files that are read beside it. Errors are left to who reads.
std::vector<std::string> files_read(const std::string& input, const std::string& named);
/// Reads with the reader of the format, puts the title in, the classes in the order asked for and the range of the
/// pixels, and checks all.
Dataset read_foreign(const std::string& input, DatasetReader& reader, const ReadOptions& reading,
                     FormatOptions options);

/// One of our files that comes through options.pipe.
h5::Reader reader_of_pipe(const FormatOptions& options);
/// Asks for what a text of the file's predictions takes.
void ask_for_table(const h5::Reader& file, const Budget& budget);

/// Whether --classes names a file or pipe.
bool names_classes_file(const std::string& text);
/// Names that --classes gives: of a file (a name a line, of a line "folder<TAB>name" the name; or one of our files that
/// has classes), or between commas. UsageError when a name stands twice.
std::vector<std::string> named_classes(const std::string& text, const Budget& budget = Budget{});
/// Gives the dataset these classes: labels and one-hot targets follow by name. Labels that are only numbered from 0
/// take the names in order, which is noted. Error that lists the labels which `classes` lacks.
void apply_classes(Dataset& data, const std::vector<std::string>& classes, const FormatOptions& options);

/// What something is read from: a foreign data set, a foreign model, or one of our files.
struct InputFormat {
  InputFormat(const DatasetFormat* of_data) : dataset(of_data) {}
  InputFormat(const ModelFormat* of_model) : model(of_model) {}
  const DatasetFormat* dataset = nullptr;
  const ModelFormat* model = nullptr;
  std::string name() const { return dataset ? dataset->name : model ? model->name : "h5"; }
};

/// Where something is written to: our file, or a format of data sets, of models, of results, or of several
/// under one name.
struct OutputFormat {
  std::string name = "h5";
  const DatasetFormat* dataset = nullptr;
  const TableFormat* table = nullptr;
  const ModelFormat* model = nullptr;
  bool is_ours() const { return !dataset && !table && !model; }
};
/// The format that --to (`named`) or the name of OUT tells. UsageError for a suffix that no format has.
OutputFormat output_format(const std::string& named, const std::string& target);
/// UsageError unless models are read from the one and written to the other.
void check_model_formats(const ModelFormat& from, const OutputFormat& to);
/// UsageError unless data sets in the one become files of ours.
void check_dataset_formats(const DatasetFormat& from, const OutputFormat& to);
/// What --from and --to take.
struct FormatNames {
  std::vector<std::string> read, written;
};
FormatNames format_names();

}  // namespace nn
