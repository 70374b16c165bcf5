// SPDX-License-Identifier: MIT
// Going on from a checkpoint: the options it was made with are taken for those not given again, and what would change
// the result is refused.
#pragma once

#include "base/log.h"
#include "base/options.h"
#include "data/dataset.h"
#include "train/checkpoint.h"

namespace nn {

/// The options given (long names and values, in order; one may come several times) and the operand, as a checkpoint keeps
/// them: without those that are of one run only (threads, progress, quiet, resume itself, ...).
NamedTexts command_of(const NamedTexts& given, const std::string& data);
/// Sets every option of the checkpoint's command that was not given now; the layers are those of the checkpoint. `data`
/// gets the operand when it is empty. Returns the command of the run that goes on, for its checkpoints.
NamedTexts recall(const Checkpoint& checkpoint, OptionSet& options, const NamedTexts& given, std::string& data);

/// UsageError naming the first option whose value differs (settings as resolved; `epochs` may differ unless the schedule
/// spreads over them, `test` always), or fewer epochs than are done; Error for other layers or another dataset.
void check_same_run(const Checkpoint& checkpoint, const Model& now, bool epochs_matter);
/// Another instruction set, device or library version: a warning each; Error when strict. Returns the differences, for
/// the provenance of what the run writes.
std::vector<std::string> check_same_machine(const Checkpoint& checkpoint, const NamedTexts& now, bool strict, const Log& log);

}  // namespace nn
