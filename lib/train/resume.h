// SPDX-License-Identifier: MIT
// Going on from a checkpoint: the options it was made with are taken for those not given again, and what would change
// the result is refused.
#pragma once

#include "base/log.h"
#include "base/options.h"
#include "data/dataset.h"
#include "train/checkpoint.h"

namespace nn {

/// Sets every option of the checkpoint's command that was not given now. `data` gets the operand when it is empty.
/// Options that name no result (threads, progress, resume itself) are not taken.
void recall(const Checkpoint& checkpoint, OptionSet& options, std::string& data);
/// The options given, and the operand, as a checkpoint keeps them.
NamedTexts command_of(const OptionSet& options, const std::string& data);

/// UsageError naming the first option whose value differs (settings as resolved; `epochs` may differ unless the schedule
/// spreads over them), Error for other layers or another dataset.
void check_same_run(const Checkpoint& checkpoint, const Model& now, bool epochs_matter);
/// Another instruction set, device or library version: a warning; Error when strict.
void check_same_machine(const Checkpoint& checkpoint, const NamedTexts& now, bool strict, const Log& log);

}  // namespace nn
