// SPDX-License-Identifier: MIT
// Settings as text, one "name = value" a line, '#' starts a comment line; --config reads it, --print-config writes it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/options.h"

namespace nn::cli {

/// One setting after the other; UsageError names file and line.
std::vector<std::pair<std::string, std::string>> read_config(const std::string& file);

/// Options in force, those of one kind under their heading; empty ones as comments. given: what the command line and
/// the configuration said, for options that may come several times.
std::string config_text(const OptionSet& set, const std::vector<std::pair<std::string, std::string>>& given);

}  // namespace nn::cli
