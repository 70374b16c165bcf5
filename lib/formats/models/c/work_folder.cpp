// SPDX-License-Identifier: MIT
#include "formats/models/c/work_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>

#include "base/error.h"
#include "base/log.h"
#include "base/system/retry.h"

extern char** environ;

namespace nn {
namespace {

std::string new_folder() {
  std::error_code failure;
  const std::filesystem::path here = std::filesystem::temp_directory_path(failure);
  const char* told = std::getenv("TMPDIR");
  if (failure)
    throw Error(fmt::format("--verify: no folder for temporary files: TMPDIR is '{}'", printable(told ? told : "")));
  std::string name = (here / "nn-convert-XXXXXX").string();
  if (!::mkdtemp(name.data()))
    throw Error(fmt::format("--verify: cannot make a folder like {}: {}", printable(name), std::strerror(errno)));
  return name;
}

/// No signal is delivered while it lives.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

/// The process that removes the folder, with all signals blocked. From fork on it calls nothing but what may be called
/// in a signal handler, as the other threads of the process are not in it.
[[noreturn]] void remove_at_end(int ended, const std::vector<std::string>& files, const std::string& folder) {
  char none = 0;
  (void)retried([&] { return ::read(ended, &none, 1); });
  // A compiler that is asked to end may still write a file between two steps here.
  constexpr int tries = 3000;
  constexpr timespec pause{0, 10'000'000};
  for (int i = 0; i < tries; ++i) {
    (void)::kill(0, SIGTERM);
    for (const std::string& file : files) (void)::unlink(file.c_str());
    if (::rmdir(folder.c_str()) == 0 || errno == ENOENT) break;
    (void)::nanosleep(&pause, nullptr);
  }
  ::_exit(0);
}

}  // namespace

WorkFolder::WorkFolder(const std::vector<std::string>& names) {
  const SignalsBlocked blocked;  // until there is who removes the folder
  path_ = new_folder();
  std::vector<std::string> files;
  for (const std::string& name : names) files.push_back(*this / name);
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) == 0) remover_ = ::fork();
  if (remover_ == 0) {
    (void)::setpgid(0, 0);
    (void)::close(ends[1]);
    remove_at_end(ends[0], files, path_);
  }
  const int failure = errno;
  (void)::close(ends[0]);
  alive_ = ends[1];
  if (remover_ > 0) {
    (void)::setpgid(remover_, remover_);  // here as well: which of the two comes first is open
    return;
  }
  (void)::close(alive_);
  (void)::rmdir(path_.c_str());
  throw Error(fmt::format("--verify: cannot start a process: {}", std::strerror(failure)));
}

WorkFolder::~WorkFolder() {
  (void)::close(alive_);
  (void)retried([&] { return ::waitpid(remover_, nullptr, 0); });
}

int WorkFolder::run(const std::vector<std::string>& words, const std::string& in, const std::string& out,
                    const std::string& said) const {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  const std::string from = *this / in, to = *this / out, errors = *this / said;
  ::posix_spawn_file_actions_addopen(&files, 0, from.c_str(), O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&files, 1, to.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ::posix_spawn_file_actions_addopen(&files, 2, errors.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawnattr_t how;
  ::posix_spawnattr_init(&how);
  ::posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP);
  ::posix_spawnattr_setpgroup(&how, remover_);
  pid_t child = 0;
  const int failure = ::posix_spawnp(&child, arguments[0], &files, &how, arguments.data(), environ);
  ::posix_spawnattr_destroy(&how);
  ::posix_spawn_file_actions_destroy(&files);
  if (failure == ENOENT) return 127;
  if (failure != 0)
    throw Error(fmt::format("--verify: cannot run {}: {}", printable(words[0]), std::strerror(failure)));
  int status = 0;
  (void)retried([&] { return ::waitpid(child, &status, 0); });
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace nn
