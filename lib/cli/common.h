// SPDX-License-Identifier: MIT
// The options that every tool takes, and those that end it at once.
#pragma once

#include <string>

#include "cli/tool.h"

namespace nn::cli {

/// Wishes that are answered before the tool's own work.
struct Wishes {
  int quiet = 0, verbose = 0;
  bool help = false, version = false, print_config = false;
  std::string config, list;
  bool man_options = false;          ///< hidden: OPTIONS of the man page
  bool command_files = false;        ///< hidden: what the command line means, for nn-info
  std::string man_list, completion;  ///< hidden: one table for a man page; bash, zsh, fish
};

inline const std::string common_group = "Common options";

/// Adds to the tool's own options, leaving out names and letters that it took itself.
void declare_common(OptionSet& set, const ToolInfo& info, CommonOptions& common, Wishes& wishes);
OptionSet hidden_options(Wishes& wishes);

}  // namespace nn::cli
