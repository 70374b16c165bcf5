// SPDX-License-Identifier: MIT
// What the environment says is looked at before the work begins: a wrong value must not be found after hours.
#pragma once

#include "cli/tool.h"

namespace nn::cli {

/// UsageError that names the first variable whose value cannot be used: SOURCE_DATE_EPOCH, NN_THREADS, NN_MIRROR,
/// NN_OFFLINE, NN_SHARE, and, for a tool with devices, NN_ISA. device: the one chosen.
void check_environment(const ToolInfo& info, const std::string& device);

}  // namespace nn::cli
