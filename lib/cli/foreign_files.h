// SPDX-License-Identifier: MIT
// What a step records of the files that it reads and that are not ours: text, tables, models of other programs.
#pragma once

#include <map>
#include <string>

#include "base/options.h"
#include "base/text/json.h"

namespace nn::cli {

/// Hashes files once each; of a training the small ones at its start, since a file can be edited while it runs.
class ForeignFiles {
 public:
  /// Files that options name now, those alone that do not begin as HDF5.
  void note(const OptionSet& options) { add(options, false); }
  /// [{"option", "name", "size", "sha256"}]: every file and folder that options and operands name, but for those in
  /// `ours` (by name). A folder has no size; its sum is that of the lines that
  /// `find . -type f -exec sha256sum {} + | LC_ALL=C sort` prints in it. What is read beside a file has "beside": true.
  /// Null for none. Pipes are not listed: they can be read once only.
  Json record(const OptionSet& options, const std::map<std::string, std::string>& ours);

 private:
  struct File {
    std::string sha256;
    int64_t size = -1;  ///< -1: a folder
  };
  void add(const OptionSet& options, bool hdf5_too);
  std::map<std::string, File> known_;
};

}  // namespace nn::cli
