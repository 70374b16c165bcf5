// SPDX-License-Identifier: MIT
// A checkpoint is a model file (kind "model": every tool reads it) with /state, from which a training resumes to the
// same bits: all fields of base/state.h as datasets /state/NAME; the options that were given and the machine as
// attributes of /state (nn_command, nn_machine: JSON).
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/state.h"
#include "h5/provenance.h"
#include "model/model_file.h"
#include "train/callbacks/monitor.h"

namespace nn {

using NamedTexts = std::vector<std::pair<std::string, std::string>>;

struct Checkpoint {
  std::string name;  ///< file it was read from
  Model model;       ///< weights, history and settings so far
  std::map<std::string, StateValues> state;
  NamedTexts command;  ///< options as given, name and value; "data": the operand
  NamedTexts machine;  ///< device, isa, library names with versions
};
std::vector<std::byte> write_checkpoint(const Checkpoint& checkpoint, const h5::Provenance& provenance);
/// Error for a model without /state ("--init takes the weights of a finished model").
Checkpoint read_checkpoint(const h5::Reader& file);

/// Files that a run has written, whatever name they have by now.
class OwnFiles {
 public:
  void add(const std::string& file);
  /// True also where there is nothing under that name.
  bool may_replace(const std::string& file) const;
  /// The file goes: its place on the disk may be another's next.
  void forget(const std::string& file);

 private:
  std::set<std::pair<uint64_t, uint64_t>> files_;  ///< device and inode
};

/// --checkpoint FILE[,every=N|best|METRIC][,steps=N][,minutes=N][,keep=K][,required]: when and where; every=1, 0 for
/// not at the ends of epochs. FILE is always the newest; with keep=K the older ones are FILE's stem with .1, .2, ...
/// before the suffix. Each is written whole beside the one before, which stays until the new one is on disk. What
/// stands under the names of older ones is replaced and removed only where this run wrote it. required: a run whose
/// last one cannot be written has failed.
class CheckpointFile {
 public:
  /// UsageError for a malformed value.
  explicit CheckpointFile(std::string_view value);
  const std::string& name() const { return file_; }
  /// FILE and the names that the older ones get, at most a thousand.
  std::vector<std::string> names() const;
  bool required() const { return required_; }
  void expect(const RunInfo& outlook);
  std::string watches() const;
  void state(State& state);
  /// Error when FILE cannot be made; asked before the work.
  void check_writable() const;
  /// Once, before the first commit: which files stand under the names of older ones. Error for one that is not of this
  /// run.
  void claim(const std::function<bool(const std::string& file)>& is_of_this_run);
  /// At the end of an epoch. Call once an epoch: it keeps the best value.
  bool due(const EpochEnd& event);
  /// Between two steps: batches done in the whole run; seconds since the last commit.
  bool due(int64_t batches, double seconds) const;
  /// From then to the next number of batches at which one is due, 1 or more.
  int64_t steps_until_due(int64_t batches) const;
  /// Rotates and commits. Error when it cannot be written: the old ones are whole.
  void commit(std::span<const std::byte> bytes);

 private:
  std::string file_, every_ = "1";
  int64_t epochs_ = 1, steps_ = 0, keep_ = 1;
  double minutes_ = 0;
  bool watches_metric_ = false;
  Monitor monitor_;
  bool required_ = false;
  OwnFiles own_;
};

}  // namespace nn
