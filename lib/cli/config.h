// SPDX-License-Identifier: MIT
// Settings as text, one "name = value" a line, '#' starts a comment line; --config reads it, --print-config writes it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/options.h"
#include "cli/tool.h"

namespace nn::cli {

/// One setting after the other; UsageError names file and line.
std::vector<std::pair<std::string, std::string>> read_config(const std::string& file);

/// Options in force, empty ones as comments, each by its first name. given: what the command line and
/// the configuration said, for options that may come several times.
std::string config_text(const ToolInfo& info, const OptionSet& set,
                        const std::vector<std::pair<std::string, std::string>>& given);

}  // namespace nn::cli
