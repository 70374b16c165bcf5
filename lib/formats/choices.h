// SPDX-License-Identifier: MIT
// The options of all formats on one command line: each declares its own, and one that the chosen formats do not have is
// refused.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/option_union.h"
#include "formats/models/model_of.h"
#include "formats/reading.h"

namespace nn {

class FormatChoices {
 public:
  FormatChoices();
  void declare(OptionSet& set);

  /// UsageError for an option that was given and has no effect on what is read (from) and written (to), with the
  /// formats that take it. nullptr stands for our own files. what: what is written in the place of a data set, as
  /// "the results of a model file"; empty: a data set, or a model from a foreign file. Of a model of ours: "a model".
  void check(const OptionSet& options, const InputFormat& from, const OutputFormat& to,
             const std::string& what = "") const;

  const ReadOptions& reading() const { return reading_; }
  const ModelReading& model_reading() const { return model_reading_; }
  /// With the options that were set.
  DatasetReader& reader(const DatasetFormat& format) { return *datasets_.readers.at(format.name); }
  DatasetWriter& writer(const DatasetFormat& format) { return *datasets_.writers.at(format.name); }
  ModelReader& reader(const ModelFormat& format) { return *models_.readers.at(format.name); }
  ModelWriter& writer(const ModelFormat& format) { return *models_.writers.at(format.name); }

 private:
  /// The formats of one table, made.
  template <class Result, class Source>
  struct Made {
    std::map<std::string, std::unique_ptr<FormatReader<Result>>> readers;
    std::map<std::string, std::unique_ptr<FormatWriter<Source>>> writers;
    OptionUnion read, write;
    explicit Made(Table<ForeignFormat<Result, Source>> table);
    void declare(OptionSet& set) { read.declare(set), write.declare(set); }
  };

  ReadOptions reading_;
  ModelReading model_reading_;
  OptionSet of_datasets_, of_models_;  ///< what every format has when a data set, or a model, is read
  Made<Dataset, Dataset> datasets_;
  Made<ForeignModel, Model> models_;
};

}  // namespace nn
