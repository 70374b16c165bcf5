// SPDX-License-Identifier: MIT
// Output appears whole or not at all. A file: private temporary beside the target (made at once, so that an unwritable
// folder fails before any work), checked write, fsync, close, re-read and compare, rename, fsync of the folder. What a
// killed process left of an earlier output to the same name is swept then (h5/writing/temporary.h). A temporary or
// folder that has vanished since is made again. "-" or empty: standard output, a checked loop; a broken pipe ends by
// SIGPIPE.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "base/system/budget.h"

namespace nn::h5 {

/// What holds for a file that is there already.
struct OutRules {
  OutRules(bool no_clobber_ = false) : no_clobber(no_clobber_) {}  // NOLINT: most outputs have this rule alone
  bool no_clobber = false;                                         ///< it is an error
  /// It stays, with its times, where the new content is equal: the bytes, or for HDF5 the digest of all values
  /// (h5/digest.h, without dates and times). kept: called then, with the name.
  bool if_changed = false;
  Budget budget = {};  ///< for reading it
  std::function<void(const std::string& name)> kept = {};
};

class OutFile {
 public:
  enum class Content { text, binary };
  /// UsageError when binary content would go to a terminal; Error when the folder cannot be written, or when
  /// rules.no_clobber and the target exists.
  OutFile(std::string target, Content content, const OutRules& rules = {});
  ~OutFile();  ///< without commit: the temporary is removed, the target untouched
  OutFile(OutFile&&) noexcept;

  /// From now on a result that cannot be written is kept in $TMPDIR, or /tmp, and the Error tells its name there. So is
  /// always one whose folder vanished and cannot be made again. For what took long to compute.
  void keep_result();
  bool is_stdout() const;
  const std::string& target() const;
  void commit(std::span<const std::byte> bytes);
  /// before_rename: called once the bytes are safe on disk, before they take the name; what stands there can be kept
  /// under another. Not called for devices and pipes.
  void commit(std::span<const std::byte> bytes, const std::function<void()>& before_rename);
  void commit(std::string_view text);

 private:
  struct Body;
  std::unique_ptr<Body> body_;
};

/// Removes temporaries of this process; async-signal-safe, called by the signal handlers in cli.
void remove_temporaries() noexcept;

}  // namespace nn::h5
