// SPDX-License-Identifier: MIT
// What a Run stands on; only cli sees it.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "cli/foreign_files.h"
#include "cli/tool.h"

namespace nn::cli {

struct Run::Body {
  explicit Body(const ToolInfo& i) : info(i), log(i.name) {}
  const ToolInfo& info;
  Log log;
  OptionSet options;
  CommonOptions common;
  Budget budget;
  std::vector<std::string> argv, operands;
  std::vector<std::pair<std::string, std::string>> given;  ///< long names and values, in order
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
  std::vector<std::pair<std::string, std::string>> inputs;  ///< name and digest, in order of opening
  std::vector<h5::Provenance> parents;
  ForeignFiles foreign;                               ///< sums of what is not ours, hashed once
  std::map<std::string, std::string> opened_as_ours;  ///< name and digest of inputs that are HDF5 of ours
  std::vector<std::string> kept;                      ///< outputs that --if-changed left as they were
};

}  // namespace nn::cli
