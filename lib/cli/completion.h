// SPDX-License-Identifier: MIT
// Completion files for shells, generated from the declaration of the options; share/completions keeps them.
#pragma once

#include <string>

#include "cli/tool.h"

namespace nn::cli {

/// shell: bash, zsh or fish; UsageError for another.
std::string completion(const std::string& shell, const ToolInfo& info, const OptionSet& set);

}  // namespace nn::cli
