// SPDX-License-Identifier: MIT
// A folder of files that appears whole or not at all. It is made in a private folder beside the target,
// .NAME.MARK-dXXXXXX (mkdtemp, mode 0700, so that it was not there before and nobody else puts anything in), reached by
// its descriptor alone, so that no link leads elsewhere; all is flushed (fsync, or syncfs for many files), then renamed
// to its place.
//
// Sweeping: as for files (h5/writing/temporary.h), whoever makes one for NAME first removes those of NAME whose maker
// is gone: a folder of this user, with the MARK of this boot, whose lock (flock) can be taken.
#pragma once

#include <memory>
#include <span>
#include <string>

namespace nn {

class FolderOutput {
 public:
  /// Error when the target is there and is no empty folder, or is there at all and no_clobber, or nothing can be made
  /// there.
  FolderOutput(const std::string& target, bool no_clobber);
  ~FolderOutput();  ///< without commit, all that was made is removed
  FolderOutput(const FolderOutput&) = delete;
  FolderOutput& operator=(const FolderOutput&) = delete;

  /// name: relative, with folders ("train/cat/000001.png"). Error when it is there already.
  void add(const std::string& name, std::span<const std::byte> bytes);
  void commit();

 private:
  struct Body;
  std::unique_ptr<Body> body_;
};

}  // namespace nn
