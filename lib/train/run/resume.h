// SPDX-License-Identifier: MIT
// Going on from a checkpoint: the options it was made with are taken for those not given again, and what would change
// the result is refused.
#pragma once

#include "base/log.h"
#include "base/options.h"
#include "data/dataset.h"
#include "train/run/checkpoint.h"
#include "train/run/trainer.h"

namespace nn {

/// Options of nn-train that are of one run.
struct ResumeOptions {
  std::string file;            ///< checkpoint to resume from, empty for none
  bool strict = false;         ///< another machine is an error
  bool requeue = false;        ///< TERM counts as USR1
  bool trust_outputs = false;  ///< outputs that the checkpoint names are written wherever they lie
  void declare(OptionSet& set);
};

/// The command line of nn-train.
struct TrainCommand {
  TrainOptions train;
  ResumeOptions resume;
  std::string data;

  void declare(OptionSet& set);
};

/// The options given (long names and values, in order; one may come several times) and the operand, as a checkpoint
/// keeps them: without those that are of one run only (Option::one_run).
NamedTexts command_of(const OptionSet& options, const NamedTexts& given, const std::string& data);
/// Sets every option of the checkpoint's command that was not given now; the layers are those of the checkpoint. `data`
/// gets the operand when it is empty. Returns the command of the resumed run, for its checkpoints. trust_outputs:
/// without it, UsageError that lists the outputs that only the checkpoint names and that lie neither below the working
/// folder nor beside the checkpoint, or stand where something else is than that run wrote there.
NamedTexts recall(const Checkpoint& checkpoint, OptionSet& options, const NamedTexts& given, std::string& data,
                  bool trust_outputs = false);
/// The recorded value of an option as it is used now: a checkpoint that was moved, or is named from another folder,
/// stays the checkpoint, under the name that --resume gives it.
std::string recorded_value(const Checkpoint& checkpoint, const std::string& name, const std::string& text);
/// Whether a file is a model of that training: the same layers, data and settings (epochs and test aside). with_state:
/// and a checkpoint.
bool is_of_run(const std::string& file, const Model& run, bool with_state);

/// What is wrong with the command line as a whole, before the data is waited for: no model, a checkpoint under the name
/// of the output, --requeue without --checkpoint. output: -o. Sets goes_on.
void check_command(TrainOptions& options, const ResumeOptions& resume, const std::string& output);
/// Error when samples or classes are others than those of the checkpoint, which is said before its layers are put on
/// them.
void check_same_samples(const Checkpoint& checkpoint, const Dataset& data);
/// Runs `read`, which reads the data. Where it fails and the resumed run had its data from a pipe, the Error says
/// so.
template <class Read>
auto with_piped_data(const Checkpoint* from, const std::string& data, Read&& read) {
  try {
    return read();
  } catch (const Error& e) {
    if (!from || !data.empty()) throw;
    const std::string what = e.what();
    throw Error(what + (what.ends_with('?') ? " This" : "; this") +
                    " run read its data from a pipe: put the command that made it in front again, or name the dataset",
                e.status());
  }
}
/// UsageError naming the first option whose value differs (settings as resolved; `epochs` may differ unless the
/// schedule spreads over them, `test` always), or fewer epochs than are done; Error for other layers or another
/// dataset.
void check_same_run(const Checkpoint& checkpoint, const Model& now, bool epochs_matter);
/// "isa was avx2, is avx512" for everything in which the machines differ.
std::vector<std::string> machine_differences(const NamedTexts& before, const NamedTexts& now);
/// A warning for each difference; Error when strict.
void check_same_machine(const Checkpoint& checkpoint, const NamedTexts& now, bool strict, const Log& log);

}  // namespace nn
