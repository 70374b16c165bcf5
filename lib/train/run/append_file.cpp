// SPDX-License-Identifier: MIT
#include "train/run/append_file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "base/system/retry.h"
#include "h5/bytes.h"

namespace nn {

AppendFile::AppendFile(const std::string& file, Open how, const Log& log) : shown_(printable(file)), log_(log) {
  const int only_new = how == Open::created ? O_CREAT | O_EXCL : 0;
  descriptor_ = retried([&] { return ::open(file.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | only_new, 0666); });
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

namespace {

/// While it lives, a write to a pipe that nobody reads any more fails with EPIPE and ends nothing.
class WithoutPipeSignal {
 public:
  WithoutPipeSignal() {
    ::sigemptyset(&pipe_);
    ::sigaddset(&pipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~WithoutPipeSignal() {
    const int reason = errno;
    const timespec at_once{};
    if (!::sigismember(&before_, SIGPIPE)) ::sigtimedwait(&pipe_, nullptr, &at_once);
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = reason;
  }
  WithoutPipeSignal(const WithoutPipeSignal&) = delete;
  WithoutPipeSignal& operator=(const WithoutPipeSignal&) = delete;

 private:
  sigset_t pipe_{}, before_{};
};

}  // namespace

/// Leaves errno as write(2) set it.
bool AppendFile::write_pending() {
  const WithoutPipeSignal quiet;
  struct stat before {};
  if (::fstat(descriptor_, &before) != 0) return false;
  size_t done = 0;
  while (done < pending_.size()) {
    const ssize_t wrote = retried([&] { return ::write(descriptor_, pending_.data() + done, pending_.size() - done); });
    if (wrote <= 0) break;
    done += static_cast<size_t>(wrote);
  }
  if (done < pending_.size()) {
    const int reason = errno;
    if (S_ISREG(before.st_mode))
      retried([&] { return ::ftruncate(descriptor_, before.st_size); });  // no torn line stays behind
    else
      pending_.erase(0, done);
    errno = reason;
    return false;
  }
  pending_.clear();
  return true;
}

}  // namespace nn
