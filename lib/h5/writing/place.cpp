// SPDX-License-Identifier: MIT
#include "h5/writing/place.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "base/error.h"
#include "base/log.h"
#include "base/system/retry.h"
#include "h5/bytes.h"

namespace nn::h5 {
namespace {

namespace fs = std::filesystem;

bool flush_file_system(int descriptor) {
#ifdef __linux__
  return descriptor >= 0 && retried([&] { return ::syncfs(descriptor); }) == 0;
#else
  static_cast<void>(descriptor);
  return false;
#endif
}

}  // namespace

std::string spare_folder() {
  const char* chosen = std::getenv("TMPDIR");
  return chosen && *chosen == '/' ? chosen : "/tmp";
}

bool leads_to(const fs::path& name, int descriptor) {
  struct stat open {
  }, named{};
  return ::fstat(descriptor, &open) == 0 && ::lstat(name.c_str(), &named) == 0 && open.st_ino == named.st_ino &&
         open.st_dev == named.st_dev;
}

void remove_by_descriptor(int descriptor) {
  std::error_code failure;
  const fs::path name = fs::read_symlink("/proc/self/fd/" + std::to_string(descriptor), failure);
  if (!failure && leads_to(name, descriptor)) ::unlink(name.c_str());
}

int move_into_place(const fs::path& from, const fs::path& to, bool replace) {
  const auto reason = [](int result) { return result == 0 ? 0 : errno; };
  if (replace) return reason(retried([&] { return ::rename(from.c_str(), to.c_str()); }));
  // link(2) fails when the name has come into being meanwhile; rename(2) would replace it.
  const int linked = reason(retried([&] { return ::link(from.c_str(), to.c_str()); }));
  if (linked == 0) ::unlink(from.c_str());
#ifdef RENAME_NOREPLACE
  if (linked == EPERM || linked == EOPNOTSUPP)  // a file system without links
    return reason(retried([&] { return ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE); }));
#endif
  return linked;
}

void flush_folder(int folder, int file, const fs::path& name, const std::string& shown) {
  if (folder >= 0 && (retried([&] { return ::fsync(folder); }) == 0 || errno == EINVAL)) return;
  const int reason = errno;
  if (flush_file_system(folder) || flush_file_system(file)) return;
  const int again = retried([&] { return ::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW); });
  const bool flushed = flush_file_system(again);
  if (again >= 0) ::close(again);
  if (!flushed)
    throw Error(shown +
                ": the new file is in place, but it is not certain that it outlasts a crash of the machine: its folder "
                "cannot be flushed: " +
                system_reason(reason));
}

std::string keep_elsewhere(std::span<const std::byte> bytes, const std::string& folder, const std::string& name) {
  std::string path;
  const int descriptor = retried([&] {
    path = folder + "/" + name.substr(0, 200) + ".XXXXXX";  // each try fills in letters of its own
    return ::mkstemp(path.data());
  });
  const int reason = errno;
  if (descriptor < 0) return "it cannot be kept in " + printable(folder) + " either: " + system_reason(reason);
  try {
    write_all(descriptor, bytes, printable(path));
    const bool flushed = retried([&] { return ::fsync(descriptor); }) == 0;
    const int why = errno;
    if (!closed(descriptor) || !flushed) throw Error(printable(path) + ": cannot write: " + system_reason(why));
  } catch (const Error& e) {
    ::unlink(path.c_str());
    return std::string("it cannot be kept elsewhere either: ") + e.what();
  }
  return "the result lies in " + printable(path);
}

}  // namespace nn::h5
