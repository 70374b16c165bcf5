// SPDX-License-Identifier: MIT
// Operands go to the options declared for them.
#pragma once

#include <string>
#include <vector>

#include "cli/tool.h"

namespace nn::cli {

/// Gives the operands to the options declared as_operand(), in order. UsageError for too many, for a required one that
/// is missing, and for "-" that comes twice.
void fill_operands(const ToolInfo& info, OptionSet& set, const std::vector<std::string>& operands);

}  // namespace nn::cli
