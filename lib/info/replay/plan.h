// SPDX-License-Identifier: MIT
// The commands that rebuild a file, from its provenance: steps in the order of their dependence, each with the files
// that it reads and writes. Every step writes files, those too whose output went through a pipe; nothing in a plan is
// written under a name that was recorded for something else. Only commands of our own tools become steps.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/text/json.h"
#include "h5/reading/reader.h"

namespace nn {

struct ReplayFile {
  std::string name;      ///< in the working folder: as recorded, where that is possible; of an input also its full path
  std::string recorded;  ///< of an input: its name when it was read
  std::string digest;    ///< of one of ours, as nn-info --digest prints it; empty where it is not known
  std::string sha256;    ///< of one of another program, or of a folder (base/file_sums.h); empty where not recorded
  int64_t size = -1;     ///< with sha256: bytes; -1: a folder
  int step = -1;         ///< that makes it; -1: an input
  /// Of one that is made: what the recorded file holds of the names of files; they count for the digest.
  h5::AttributeTexts names_inside = {};
  bool resumed = false;     ///< a checkpoint that a step goes on from, and may write to
  bool in_place = false;    ///< the checkpoint of a step that goes on from another: written in its place
  std::string found;        ///< of an input: where it lies; empty when it is not found
  std::vector<int> beside;  ///< inputs that are read with it, from the folder where it lies
};

/// A word of a command: text, then the name of a file, then text.
struct ReplayWord {
  std::string before;
  int file = -1;
  std::string behind = {};
};

struct ReplayStep {
  std::string tool, version, device, isa;
  std::vector<std::string> libraries;       ///< "HDF5 1.10.8": what the bits depend on
  std::vector<ReplayWord> words;            ///< behind the tool's name
  int input = -1;                           ///< file on its standard input
  int init = -1;                            ///< file of --init, whose name a model holds
  std::string init_name;                    ///< as recorded
  std::vector<int> reads, writes;           ///< files; the main output first
  std::vector<std::pair<int, int>> copies;  ///< of checkpoints to go on from, made before: from, to
  std::vector<std::string> left_out;        ///< options that do not decide the result, or that would ask others
};

struct ReplayPlan {
  bool is_checkpoint = false;  ///< the target, which holds the names of all files of its command
  std::vector<ReplayFile> files;
  std::vector<ReplayStep> steps;
  int target = -1;
};

/// What a command line of a tool means: cli/command_files.h. Error when it is none.
using ExplainCommand = std::function<Json(const std::string& tool, const std::vector<std::string>& words)>;

/// Error for a file without provenance, with a step missing, or with a step that is no command of nn-tools that makes a
/// file of ours; the message names the step.
ReplayPlan replay_plan(const h5::Reader& file, const ExplainCommand& explain);

}  // namespace nn
