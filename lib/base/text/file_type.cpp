// SPDX-License-Identifier: MIT
#include "base/text/file_type.h"

#include <sys/stat.h>
#ifdef __linux__
#include <sys/sysmacros.h>
#endif

#include "base/error.h"

namespace nn {

void refuse_terminal(const std::string& shown) {
  throw UsageError(shown + " is a terminal; name a file, or put a command in front: nn-fetch mnist | ...");
}

void check_file_type(const struct stat& info, const std::string& shown, const char* of_folder) {
  if (S_ISREG(info.st_mode) || S_ISFIFO(info.st_mode) || S_ISSOCK(info.st_mode)) return;
  if (S_ISDIR(info.st_mode)) throw Error(shown + ": is a folder, expected a file" + of_folder);
#ifdef __linux__
  constexpr unsigned memory = 1, null = 3, terminal = 4, terminals = 5, first_pseudo = 136, last_pseudo = 143;
  const unsigned kind = major(info.st_rdev);
  if (S_ISCHR(info.st_mode) && kind == memory && minor(info.st_rdev) == null) return;
  if (S_ISCHR(info.st_mode) && (kind == terminal || kind == terminals || (kind >= first_pseudo && kind <= last_pseudo)))
    refuse_terminal(shown);
#endif
  throw Error(shown + ": is a device, expected a file or a pipe");
}

}  // namespace nn
