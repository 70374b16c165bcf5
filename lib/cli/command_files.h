// SPDX-License-Identifier: MIT
// What a command line means, as JSON for another tool (nn-info --replay), which has no declarations of its options.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/options.h"
#include "base/text/json.h"
#include "cli/tool.h"

namespace nn::cli {

/// {"settings": [{"option", "value", "flag"?, "file"?, "names"?}], "operands": [the same]}: the options as they are
/// given, long names; file is "read" or "written" where the value names files, and names are those that it names.
Json command_files(const ToolInfo& info, OptionSet& options,
                   const std::vector<std::pair<std::string, std::string>>& given,
                   const std::vector<std::string>& operands);

/// The words behind the tool's name that give these options and operands again.
std::vector<std::string> words_of(const OptionSet& options,
                                  const std::vector<std::pair<std::string, std::string>>& given,
                                  const std::vector<std::string>& operands);

}  // namespace nn::cli
