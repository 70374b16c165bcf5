// SPDX-License-Identifier: MIT
#include "h5/reading/child.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <new>

#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "base/error.h"
#include "base/log.h"
#include "base/system/retry.h"
#include "h5/bytes.h"
#include "h5/handle.h"
#include "h5/reading/idle_time.h"
#include "h5/reading/sandbox.h"

namespace nn::h5 {
namespace {

constexpr uint64_t megabyte = uint64_t{1} << 20;
constexpr double least_seconds = 0.8, most_seconds = 30, bytes_a_second = 4 << 20;  ///< of processor time
constexpr double least_still = 2;                                                   ///< seconds that it may stand still
constexpr double patience = 10;  ///< for each second of processor time, or standing still: a busy machine gives it late
constexpr int look_every = 200;  ///< milliseconds
constexpr uint64_t least_memory = 64 * megabyte, memory_a_byte = 4;

/// Of a file that is not in memory the library holds its indexes of chunks, and few of its bytes.
constexpr uint64_t file_a_byte = 32;

uint64_t memory_for(const FileBytes& image) {
  return least_memory + (image.in_memory() ? memory_a_byte * image.size() : image.size() / file_a_byte);
}

/// A page that parent and child share: where the child is, and what made it give up. The parent trusts no text in it.
struct Progress {
  static constexpr size_t longest = 1000;
  bool started;  ///< the child is about to look at the file
  char place[longest + 1];
  char reason[longest + 1];

  static void set(char (&field)[longest + 1], const std::string& text) {
    const size_t size = std::min(text.size(), longest);
    std::memcpy(field, text.data(), size);
    field[size] = '\0';
  }
  static std::string get(const char (&field)[longest + 1]) {
    return printable(std::string(field, strnlen(field, longest)));
  }
};

class SharedProgress {
 public:
  SharedProgress()
      : page_(::mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    if (page_ == MAP_FAILED) throw std::bad_alloc();
  }
  ~SharedProgress() { ::munmap(page_, sizeof(Progress)); }
  SharedProgress(const SharedProgress&) = delete;
  Progress& operator*() const { return *static_cast<Progress*>(page_); }

 private:
  void* page_;
};

bool write_whole(int descriptor, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t put = retried([&] { return ::write(descriptor, bytes.data(), bytes.size()); });
    if (put < 0) return false;
    bytes = bytes.subspan(static_cast<size_t>(put));
  }
  return true;
}

/// All that the child does. Its status: 0 when the table is whole.
[[noreturn]] void be_child(const FileBytes& image, bool deep, Describe describe, double seconds, int pipe,
                           Progress& progress) noexcept {
  int status = 1;
  try {
    limit_process(seconds, memory_for(image), pipe, image.descriptor());
    start_library();
    limit_system_calls(!image.in_memory());
    progress.started = true;
    WalkOutput output;
    output.at = [&](const std::string& path, const std::string& attribute) {
      Progress::set(progress.place, attribute.empty() ? path : path + ", attribute " + attribute);
    };
    output.put = [&](std::span<const std::byte> bytes) {
      if (!write_whole(pipe, bytes)) ::_exit(1);
    };
    describe(image, deep, output);
    status = 0;
  } catch (const std::bad_alloc&) {
    Progress::set(progress.reason, "too much memory is asked for");
  } catch (const std::exception& e) {
    Progress::set(progress.reason, e.what());
  } catch (...) {
  }
  ::_exit(status);
}

/// The child as its parent sees it: ended and waited for at the latest when this goes.
class Child {
 public:
  Child(const FileBytes& image, bool deep, Describe describe, double seconds, Progress& progress) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw Error("cannot make a pipe to read it: " + system_reason(errno));
    pipe_ = ends[0];
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);  // no handler of ours runs in the child
    const pid_t parent = ::getpid();
    process_ = ::fork();
    const int failure = errno;
    if (process_ == 0) {
#ifdef __linux__
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (::getppid() != parent) ::_exit(1);
#endif
      be_child(image, deep, describe, seconds, ends[1], progress);
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    ::close(ends[1]);
    if (process_ < 0) {
      ::close(pipe_);
      throw Error("cannot start a process to read it: " + system_reason(failure));
    }
  }
  ~Child() {
    ::close(pipe_);
    if (process_ > 0) {
      ::kill(process_, SIGKILL);
      wait();
    }
  }
  Child(const Child&) = delete;

  int pipe() const { return pipe_; }
  pid_t process() const { return process_; }
  /// Its wait status; 0 too when somebody else has taken it (SIGCHLD is ignored), and the table alone must tell.
  int wait() {
    int status = 0;
    retried([&] { return ::waitpid(process_, &status, 0); });
    process_ = 0;
    return status;
  }

 private:
  int pipe_ = -1;
  pid_t process_ = 0;
};

/// The child is late or says too much: the file's fault.
struct Stopped {
  std::string reason;
};

/// Everything that comes, until the other end is closed. Stopped when it is late, when the child sleeps for so many
/// seconds (it has nothing to wait for), or when it is too much; Error when the pipe fails.
std::vector<std::byte> read_table(const Child& child, double seconds, uint64_t most, const std::string& name,
                                  const Budget& budget) {
  using Clock = std::chrono::steady_clock;
  const double still = std::max(seconds, least_still);
  const auto deadline =
      Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(still * patience));
  constexpr size_t portion = 64 << 10;
  IdleTime idle(child.process());
  std::vector<std::byte> table;
  for (size_t used = 0;;) {
    if (Clock::now() >= deadline) throw Stopped{"it took too long"};
    pollfd waiting{child.pipe(), POLLIN, 0};
    if (::poll(&waiting, 1, look_every) <= 0) {
      if (idle.watch().count() >= still) throw Stopped{"it stood still"};
      continue;
    }
    idle.restart();
    if (used == most) throw Stopped{"it has more contents than a file of its size can"};
    if (table.size() < used + portion) {
      if (table.capacity() < used + portion) budget.ask(2 * (used + portion), name + ": its table of contents");
      table.resize(used + portion);
    }
    const ssize_t got =
        retried([&] { return ::read(child.pipe(), table.data() + used, std::min<size_t>(portion, most - used)); });
    if (got < 0) throw Error(name + ": reading its table of contents failed: " + system_reason(errno));
    if (got == 0) {
      table.resize(used);
      return table;
    }
    used += static_cast<size_t>(got);
  }
}

std::string reason_of(int status, const Progress& progress) {
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    if (signal == SIGPROF || signal == SIGXCPU || signal == SIGKILL) return "it took too long";
    return "killed by signal " + std::to_string(signal);
  }
  return Progress::get(progress.reason);
}

}  // namespace

void describe_with_library(const FileBytes& image, bool deep, const WalkOutput& output) {
  Walk(image, deep, output).run();
}

std::vector<std::byte> table_from_child(const FileBytes& image, const std::string& name, bool deep,
                                        const Budget& budget, Describe describe) {
  const double seconds = std::min(least_seconds + static_cast<double>(image.size()) / bytes_a_second, most_seconds);
  const SharedProgress progress;
  const uint64_t spare = spare_address_space();
  const auto stopped = [&](const std::string& reason) {
    const std::string why = reason.empty() ? "" : ": " + reason;
    if (!(*progress).started)
      return Error(name + ": the process that reads it did not start" + why + "; memory is short");
    const std::string where = "the reader stopped at " + Progress::get((*progress).place) + why;
    if (spare < memory_for(image))
      return Error(name + ": " + where + "; this process may map " + std::to_string(spare / megabyte) +
                   " MB more (ulimit -v), and reading takes up to " + std::to_string(memory_for(image) / megabyte) +
                   " MB: allow it more; if that does not help, the file is damaged");
    return Error(name + ": damaged or hostile HDF5 file (" + where + ")");
  };
  std::vector<std::byte> table;
  int status = 0;
  {
    Child child = in_context(name, [&] { return Child(image, deep, describe, seconds, *progress); });
    try {
      table = read_table(child, seconds, 16 * megabyte + 8 * uint64_t{image.size()}, name, budget);
    } catch (const Stopped& s) {
      throw stopped(s.reason);
    }
    status = child.wait();
  }
  if (status != 0) throw stopped(reason_of(status, *progress));
  return table;
}

}  // namespace nn::h5
