// SPDX-License-Identifier: MIT
// The epochs of a training as text, one line each, written as they end: --log FILE. TSV and CSV have one header line;
// JSON Lines has an object a line. The columns are those of /history and do not change. A value that is not a number is
// NaN (which R, pandas, numpy and gnuplot read as such), in JSON null.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "h5/schema.h"
#include "train/run/append_file.h"

namespace nn {

class LogFile {
 public:
  /// format: "tsv", "csv" or "jsonl"; empty: by the suffix of the name. UsageError when neither says it.
  static char separator_of(const std::string& file, const std::string& format);

  /// format: as above. A new run: replaces the file by one without epochs. Error when it cannot.
  LogFile(const std::string& file, const std::vector<std::string>& columns, const Log& log,
          const std::string& format = {});
  /// A run that is resumed after the epochs of `history`: of an existing file exactly those stay, each once, whatever a
  /// killed run wrote after its last checkpoint; those that it lacks are added. Error, and the file as it was, when it
  /// has other columns or is of another run. A pipe or a terminal gets them all again.
  LogFile(const std::string& file, const std::vector<std::string>& columns, const h5::Columns& history, const Log& log,
          const std::string& format = {});

  /// One epoch: one value a column, found by name; others are left out.
  void add(const h5::Columns& row);

 private:
  void open(const std::string& file, const h5::Columns& history, bool goes_on, const Log& log);

  std::vector<std::string> columns_;
  char separator_;  ///< of values; 0: JSON objects
  std::unique_ptr<AppendFile> file_;

  std::string header() const;
  std::string line(const h5::Columns& table, size_t row) const;
  std::string without_seconds(const std::string& line) const;
  void check_existing(const std::string& file, const h5::Columns& history) const;
};

}  // namespace nn
