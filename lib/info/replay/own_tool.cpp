// SPDX-License-Identifier: MIT
#include "info/replay/own_tool.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "base/descriptor.h"
#include "base/error.h"
#include "base/log.h"
#include "base/system/retry.h"

namespace nn {
namespace {

namespace fs = std::filesystem;

std::string program(const std::string& tool) {
  std::error_code failure;
  const fs::path own = fs::read_symlink("/proc/self/exe", failure);
  const std::string name = (own.parent_path() / tool).string();
  if (failure || ::access(name.c_str(), X_OK) != 0)
    throw Error(tool + " does not lie beside nn-info: " + printable(name));
  return name;
}

/// Its end, in every way out of here.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(-pid_, SIGKILL);
    ::kill(pid_, SIGKILL);
    static_cast<void>(wait());
  }
  int wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = 0;
    return status;
  }

 private:
  pid_t pid_;
};

/// Between fork and exec: system calls alone.
[[noreturn]] void become(const char* file, char* const* words, const char* folder, int in, int out, bool silent) {
  ::setpgid(0, 0);  // an interruption of the terminal is ours to hand on
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int nothing = ::open("/dev/null", O_RDWR);
  const bool ready = nothing >= 0 && ::dup2(in >= 0 ? in : nothing, STDIN_FILENO) >= 0 &&
                     ::dup2(out, STDOUT_FILENO) >= 0 && (!silent || ::dup2(nothing, STDERR_FILENO) >= 0) &&
                     (!*folder || ::chdir(folder) == 0);
  if (ready) ::execv(file, words);
  ::_exit(127);
}

void read_all(int from, std::string& out, const std::function<bool()>& interrupted) {
  constexpr size_t most = size_t{16} << 20;
  char part[65536];
  for (;;) {
    if (interrupted && interrupted()) throw Error("interrupted");
    pollfd ready{from, POLLIN, 0};
    const int found = ::poll(&ready, 1, 100);
    if (found < 0 && errno != EINTR) throw Error("a pipe to another tool cannot be read");
    if (found <= 0) continue;
    const ssize_t got = retried([&] { return ::read(from, part, sizeof part); });
    if (got <= 0) return;
    if (out.size() + static_cast<size_t>(got) > most) throw Error("another tool prints without an end");
    out.append(part, static_cast<size_t>(got));
  }
}

}  // namespace

ToolEnd run_own_tool(const ToolRun& run, const std::function<bool()>& interrupted) {
  const std::string file = program(run.tool);
  std::vector<std::string> words{run.tool};
  words.insert(words.end(), run.words.begin(), run.words.end());
  std::vector<char*> pointers;
  for (std::string& word : words) {
    if (word.find('\0') != std::string::npos) throw Error("a word of the command has a zero byte");
    pointers.push_back(word.data());
  }
  pointers.push_back(nullptr);
  const Descriptor input(run.input.empty() ? -1 : ::open(run.input.c_str(), O_RDONLY | O_CLOEXEC));
  if (!run.input.empty() && !input) throw Error(printable(run.input) + ": cannot be opened");
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw Error("no pipe can be made");
  const Descriptor in(ends[0]);
  Descriptor out(ends[1]);
  const pid_t pid = ::fork();
  if (pid < 0) throw Error("no process can be started");
  if (pid == 0) become(file.c_str(), pointers.data(), run.folder.c_str(), input.get(), out.get(), run.silent);
  ::setpgid(pid, pid);
  Child child(pid);
  static_cast<void>(out.close());
  ToolEnd end;
  read_all(in.get(), end.out, interrupted);
  const int status = child.wait();
  end.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  end.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  return end;
}

}  // namespace nn
