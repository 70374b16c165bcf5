// SPDX-License-Identifier: MIT
// A private folder in TMPDIR, or /tmp, in which programs run between files. It is removed, and what still runs in it is
// ended, by a process of its own once this one has ended, however that was: in order, by a signal, by SIGKILL.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace nn {

class WorkFolder {
 public:
  /// names: of all files that will be in it. Error when there is no such folder, or no further process.
  explicit WorkFolder(const std::vector<std::string>& names);
  ~WorkFolder();  ///< the folder is gone then
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

  /// Runs a program with its standard input, output and error in these files of the folder, and returns its status, 128
  /// and more for a signal; 127 when there is no such program. Error when it cannot be started.
  int run(const std::vector<std::string>& words, const std::string& in, const std::string& out,
          const std::string& said) const;

 private:
  std::string path_;
  int alive_ = -1;  ///< end of a pipe, which closes when this process ends
  pid_t remover_ = -1;
};

}  // namespace nn
