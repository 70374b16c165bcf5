// SPDX-License-Identifier: MIT
// The command line as names with values, in GNU order: options and operands mix, "--" ends the options, short flags
// cluster (-qn), a value follows as --name VALUE, --name=VALUE, -jVALUE or -j VALUE. CLI11 is seen by parse.cpp only.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/options.h"
#include "cli/tool.h"

namespace nn::cli {

struct CommandLine {
  std::vector<std::pair<std::string, std::string>> options;  ///< long name and value ("true" for a flag), as they came
  std::vector<std::string> operands;
  bool brief_help = false;  ///< -h
};

/// UsageError for an unknown option (with the nearest one), a missing value, or a value for what takes none.
/// hidden: long options that --help does not show. lists: plug-ins of the tool, for advice on an unknown option.
CommandLine parse_command_line(int argc, const char* const* argv, const OptionSet& set, const OptionSet& hidden,
                               const std::vector<NamedList>& lists = {});

/// A flag that is on by default is switched off by --no-NAME.
bool is_flag(const Option& option);
bool is_on_by_default(const Option& option);

}  // namespace nn::cli
