// SPDX-License-Identifier: MIT
// The files of a plan while it is made: inputs, what steps write, and checkpoints that several steps write in turn.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "info/replay/file_names.h"
#include "info/replay/plan.h"

namespace nn {

class PlanFiles {
 public:
  explicit PlanFiles(std::vector<ReplayFile>& files) : files_(files) {}
  ReplayFile& operator[](int file) { return files_[static_cast<size_t>(file)]; }
  UniqueNames& names() { return names_; }

  /// An input, each once: one of ours by its digest, others by name and sum. Error for standard input of unknown
  /// content.
  int external(const std::string& name, const std::string& digest, const std::string& sha256, int64_t size);
  /// The file of another program that the step read under that name, with those beside it; -1 for none.
  int foreign(const Json& step, const std::string& name);

  /// What a step writes, by option; recorded: the name that its command has.
  int add_output(int step, const std::string& option, const std::string& name, const std::string& recorded);
  const std::map<std::string, int>& outputs(int step) { return outputs_[step]; }
  const std::string& recorded(int file) const { return recorded_.at(file); }
  /// Which of them: by the option that is recorded, else by the name under which it was read. Error for none.
  int output_of(int step, const std::string& option, const std::string& name, const std::string& tool) const;

  /// A step resumes a checkpoint that was read under that name. It goes on writing what the run before it wrote:
  /// nn-train --resume takes its outputs from the checkpoint, and writes to it where both have the same last part.
  /// Returns the file that is named to it, which may be a copy.
  int go_on_from(int checkpoint, const std::string& name, int number, ReplayStep& step);
  /// Error when a later step has written to it.
  void check_unchanged(int file) const;
  /// Error when an output lies in a folder that is an input, which is no copy.
  void check_folders() const;

 private:
  int add(int step, const std::string& name);
  void go_on_writing(const std::string& option, int before, const std::string& name, const std::string& recorded,
                     int number, ReplayStep& step);

  std::vector<ReplayFile>& files_;
  std::map<int, std::map<std::string, int>> outputs_;
  std::map<int, std::string> recorded_;
  std::set<int> overwritten_;
  UniqueNames names_;
};

}  // namespace nn
