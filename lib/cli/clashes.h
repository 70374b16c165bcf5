// SPDX-License-Identifier: MIT
// What a command reads is not destroyed by what it writes, and no output takes the place of another: looked at before
// anything is read, by device and inode, and by resolved name where there is no file yet.
#pragma once

#include "base/options.h"
#include "cli/tool.h"

namespace nn::cli {

/// UsageError that names both when an output of these options (Option::file, with names derived from its value) is an
/// input or an output of another option, under whatever name, when it lies in a folder that is read or is one with a
/// file that is read, and when one output lies below another; also when `-` is read or written twice. Left out:
/// ToolInfo::in_place; devices, pipes and terminals; inputs that are not there.
void refuse_clashes(const ToolInfo& info, const OptionSet& options);

/// Warns of outputs in HDF5 whose suffix is that of another format, as -o model.pth.
void warn_of_suffixes(const ToolInfo& info, const OptionSet& options, const Log& log);

}  // namespace nn::cli
