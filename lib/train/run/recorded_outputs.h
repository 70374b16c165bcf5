// SPDX-License-Identifier: MIT
// --resume FILE takes its outputs from FILE where the command line names none. A file may come from anywhere: it must
// not decide what is overwritten.
#pragma once

#include <set>
#include <string>

#include "base/options.h"
#include "train/run/checkpoint.h"

namespace nn {

/// UsageError that lists the outputs in the checkpoint's command, not given now, that lie neither below the working
/// folder nor in the checkpoint's own, or where something else stands than that run would have written there.
void check_recorded_outputs(const Checkpoint& checkpoint, const OptionSet& options,
                            const std::set<std::string>& given_now);

}  // namespace nn
