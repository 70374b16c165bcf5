// SPDX-License-Identifier: MIT
// The private file beside a target that output is written to before it takes the target's name, and what killed
// processes left of such files: .NAME.MARK-PID-COUNT.tmp.
//
// Sweeping: whoever makes one for NAME first removes those of NAME whose writer is gone. A process number cannot tell
// (another host on NFS, another container have numbers of their own), so the writer holds a lock (flock) for as long as
// its file stands, and the kernel drops it when the process dies. Removed is only what all of this says is abandoned:
// a regular file of this user, MARK that of this boot of this machine (so that a file system that keeps locks to one
// host does no harm), and its lock can be taken. Where the writer could not lock, or the lock does not keep others out,
// MARK is "shared" and nobody sweeps; files of an earlier boot or of another host stay as well, since nobody here can
// know about their writers.
#pragma once

#include <filesystem>
#include <string>

namespace nn::h5 {

struct Temporary {
  std::filesystem::path path;
  int descriptor = -1;  ///< open for reading and writing; -1: failed, errno says why
  int lock = -1;        ///< holds the lock until closed: keep it until path is renamed or removed; -1: none
};

/// Eight digits of this boot of this kernel, the same in all its containers; empty when it does not say.
std::string boot_mark();

/// Sweeps, then makes a new empty file beside `target`, mode 0666 less the umask.
Temporary make_temporary(const std::filesystem::path& target);

}  // namespace nn::h5
