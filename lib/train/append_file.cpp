// SPDX-License-Identifier: MIT
#include "train/append_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "h5/bytes.h"

namespace nn {

AppendFile::AppendFile(const std::string& file, Open how, const Log& log) : shown_(printable(file)), log_(log) {
  const int only_new = how == Open::created ? O_CREAT | O_EXCL : 0;
  descriptor_ = ::open(file.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | only_new, 0666);
  if (descriptor_ < 0) throw Error(shown_ + ": cannot write: " + h5::system_reason(errno));
}

AppendFile::~AppendFile() {
  if (!pending_.empty()) write_pending();
  ::close(descriptor_);
}

void AppendFile::append(std::string_view bytes) {
  pending_ += bytes;
  if (write_pending() || warned_) return;
  warned_ = true;
  log_.warning(shown_ + ": cannot write: " + h5::system_reason(errno) +
               "; training goes on, and what is missing is tried again after each epoch");
}

/// Leaves errno as write(2) set it.
bool AppendFile::write_pending() {
  struct stat before {};
  if (::fstat(descriptor_, &before) != 0) return false;
  size_t done = 0;
  while (done < pending_.size()) {
    const ssize_t wrote = ::write(descriptor_, pending_.data() + done, pending_.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) break;
    done += static_cast<size_t>(wrote);
  }
  if (done < pending_.size()) {
    const int reason = errno;
    static_cast<void>(!::ftruncate(descriptor_, before.st_size));  // no torn line stays behind
    errno = reason;
    return false;
  }
  pending_.clear();
  return true;
}

}  // namespace nn
