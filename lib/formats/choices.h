// SPDX-License-Identifier: MIT
// The options of all formats on one command line: each declares its own, and one that the chosen formats do not have is
// refused.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/option_union.h"
#include "formats/reading.h"

namespace nn {

class FormatChoices {
 public:
  FormatChoices();
  void declare(OptionSet& set);

  /// UsageError for an option that was given and has no effect on what is read (from) and written (to), with the
  /// formats that take it. nullptr stands for our own files. results: what is written in the place of a data set, as
  /// "the results of a model file"; empty: a data set.
  void check(const OptionSet& options, const DatasetFormat* from, const OutputFormat& to,
             const std::string& results = "") const;

  const ReadOptions& reading() const { return reading_; }
  /// With the options that were set.
  DatasetReader& reader(const DatasetFormat& format) { return *readers_.at(format.name); }
  DatasetWriter& writer(const DatasetFormat& format) { return *writers_.at(format.name); }

 private:
  ReadOptions reading_;
  OptionSet of_all_;  ///< what every format has when it is read
  std::map<std::string, std::unique_ptr<DatasetReader>> readers_;
  std::map<std::string, std::unique_ptr<DatasetWriter>> writers_;
  OptionUnion read_options_, write_options_;
};

}  // namespace nn
