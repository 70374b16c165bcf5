// SPDX-License-Identifier: MIT
// Runs another tool of nn-tools, without a shell. It is the one beside this program, wherever PATH leads.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace nn {

struct ToolRun {
  std::string tool;                ///< "nn-train"
  std::vector<std::string> words;  ///< behind its name
  std::string folder = {};         ///< that it works in; empty: this one
  std::string input = {};          ///< file on its standard input; empty: none
  bool silent = false;             ///< what it says goes nowhere, too
};

struct ToolEnd {
  int status = 0;   ///< exit status; -1 when a signal ended it
  int signal = 0;   ///< that did
  std::string out;  ///< its standard output, at most 16 MB
};

/// interrupted: asked several times a second; the tool is ended then, and Error. Error when
/// there is no such tool.
ToolEnd run_own_tool(const ToolRun& run, const std::function<bool()>& interrupted);

}  // namespace nn
