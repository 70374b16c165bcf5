// SPDX-License-Identifier: MIT
// The folder of a report appears whole or not at all: it is written beside its place under a private name, checked, and
// renamed. A report that stands there is exchanged for it; any other folder is refused.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "h5/writing/outfile.h"

namespace nn {

class ReportFolder {
 public:
  /// Error where there is a file, a folder with something else in it than a report, or with rules.no_clobber anything;
  /// and where the folder around it is missing or cannot be written. rules.if_changed: a report with the same files
  /// stays as it is.
  ReportFolder(const std::string& name, const h5::OutRules& rules);
  /// files: names and contents.
  void commit(const std::vector<std::pair<std::string, std::string>>& files) const;

 private:
  void check() const;
  bool holds(const std::vector<std::pair<std::string, std::string>>& files) const;
  std::string shown_;
  std::filesystem::path path_;
  h5::OutRules rules_;
};

}  // namespace nn
