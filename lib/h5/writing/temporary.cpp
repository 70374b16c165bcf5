// SPDX-License-Identifier: MIT
#include "h5/writing/temporary.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <fstream>

#include "base/system/retry.h"

namespace nn::h5 {
namespace {

namespace fs = std::filesystem;

constexpr const char* unlocked_mark = "shared";

std::string prefix_of(const fs::path& target) {
  std::string base = target.filename().string();
  base.resize(std::min<size_t>(base.size(), 200));  // names of 255 bytes are the most that file systems take
  return "." + base + ".";
}

bool lock_now(int descriptor, int how) {
  return retried([&] { return ::flock(descriptor, how); }) == 0;
}

/// Some file systems give every lock to everyone.
bool lock_holds(const fs::path& path) {
  const int second = retried([&] { return ::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC); });
  if (second < 0) return false;
  const bool given_twice = lock_now(second, LOCK_EX | LOCK_NB);
  ::close(second);
  return !given_twice;
}

/// "MARK-PID-COUNT.tmp"
bool is_ours(std::string_view rest, const std::string& mark) {
  if (!rest.starts_with(mark + "-") || !rest.ends_with(".tmp")) return false;
  rest.remove_prefix(mark.size() + 1);
  rest.remove_suffix(4);
  const size_t dash = rest.find('-');
  const auto is_number = [](std::string_view s) {
    return !s.empty() && std::all_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  return dash != rest.npos && is_number(rest.substr(0, dash)) && is_number(rest.substr(dash + 1));
}

void remove_if_abandoned(const fs::path& path) {
  // Some file systems give the exclusive lock only to a descriptor that may write.
  const int descriptor =
      retried([&] { return ::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY); });
  if (descriptor < 0) return;
  struct stat info {
  }, named{};
  if (::fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode) && info.st_uid == ::geteuid() &&
      lock_now(descriptor, LOCK_EX | LOCK_NB) && ::lstat(path.c_str(), &named) == 0 && named.st_ino == info.st_ino &&
      named.st_dev == info.st_dev)
    ::unlink(path.c_str());
  ::close(descriptor);
}

/// What cannot be listed or removed is left: the output itself does not depend on it.
void sweep(const fs::path& folder, const std::string& prefix, const std::string& mark) {
  std::error_code failure;
  fs::directory_iterator at(folder, failure);
  for (; !failure && at != fs::directory_iterator(); at.increment(failure)) {
    const std::string name = at->path().filename().string();
    if (name.starts_with(prefix) && is_ours(std::string_view(name).substr(prefix.size()), mark))
      remove_if_abandoned(at->path());
  }
}

bool create(Temporary& temporary, const fs::path& folder, const std::string& prefix, const std::string& mark) {
  static std::atomic<unsigned> counter{0};
  temporary.path =
      folder / (prefix + mark + "-" + std::to_string(::getpid()) + "-" + std::to_string(counter++) + ".tmp");
  temporary.descriptor =
      retried([&] { return ::open(temporary.path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666); });
  return temporary.descriptor >= 0;
}

/// A sweeper may have come between making a file and locking it.
bool still_named(int descriptor) {
  struct stat info {};
  return ::fstat(descriptor, &info) == 0 && info.st_nlink > 0;
}

}  // namespace

std::string boot_mark() {
  std::string id;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> id;
  return id.size() >= 8 ? id.substr(0, 8) : "";
}

Temporary make_temporary(const fs::path& target) {
  const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
  const std::string prefix = prefix_of(target), mark = boot_mark();
  if (!mark.empty()) sweep(folder, prefix, mark);
  Temporary made;
  for (bool can_lock = !mark.empty(); can_lock;) {
    if (!create(made, folder, prefix, mark)) return made;
    can_lock = lock_now(made.descriptor, LOCK_EX);
    if (can_lock && !still_named(made.descriptor)) {  // no fault of the file system's locks: another one is made
      ::close(made.descriptor);
      continue;
    }
    can_lock = can_lock && lock_holds(made.path);
    if (can_lock) {
      // A second descriptor for the same lock, because the first is closed, and that checked, before the renaming.
      made.lock = ::fcntl(made.descriptor, F_DUPFD_CLOEXEC, 0);
      if (made.lock >= 0) return made;
      can_lock = false;
    }
    ::unlink(made.path.c_str());
    ::close(made.descriptor);
  }
  create(made, folder, prefix, unlocked_mark);
  return made;
}

}  // namespace nn::h5
