// SPDX-License-Identifier: MIT
#include "cli/signals.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "h5/reading/at_work.h"
#include "h5/writing/outfile.h"

namespace nn::cli {
namespace {

// A handler can reach nothing but variables of static storage. Lock-free ones, since a handler may run on any thread.
std::atomic<int> noted_signal{0};
std::atomic<bool> tool_asks{false};
std::atomic<bool> hup_asks_to_save{false}, term_asks_to_requeue{false};
std::atomic<bool> takes_job_signals{false};
std::array<char, 200> processor_limit_message{}, crash_message{}, library_message{};
std::atomic<bool> ends_in_order{false};
std::array<char, 65536> crash_stack{};
std::atomic<bool> checkpoint_asked{false}, requeue_asked{false}, status_asked{false};
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

void take_default(int signal) {
  struct sigaction act {};
  act.sa_handler = SIG_DFL;
  sigemptyset(&act.sa_mask);
  sigaction(signal, &act, nullptr);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal);
  raise(signal);
  sigprocmask(SIG_UNBLOCK, &only, nullptr);
}

/// Where a signal is noted that does not end the tool; nullptr for one that does.
std::atomic<bool>* note_of(int signal) {
#ifdef SIGINFO
  if (signal == SIGINFO) return &status_asked;
#endif
  switch (signal) {
    case SIGUSR1:
      return &requeue_asked;
    case SIGUSR2:
      return &status_asked;
    case SIGXCPU:
      return takes_job_signals ? &requeue_asked : nullptr;
    case SIGHUP:
      return hup_asks_to_save ? &checkpoint_asked : nullptr;
    case SIGTERM:
      return term_asks_to_requeue ? &requeue_asked : nullptr;
    default:
      return nullptr;
  }
}

void say(const char* message) {
  if (write(STDERR_FILENO, message, std::strlen(message)) < 0) return;  // nobody listens
}

/// Other than SIG_IGN it is not handed to the programs that a tool starts.
extern "C" void do_nothing(int) {}

extern "C" void on_signal(int signal) {
  const int saved = errno;
  if (std::atomic<bool>* note = note_of(signal)) {
    *note = true;
    errno = saved;
    return;
  }
  if (signal == SIGXCPU) say(processor_limit_message.data());
  int none = 0;
  if (signal != SIGPIPE && tool_asks && noted_signal.compare_exchange_strong(none, signal)) {
    errno = saved;
    return;
  }
  h5::remove_temporaries();
  take_default(signal);
  errno = saved;
}

/// libhdf5 that got no memory: what it holds of the output is lost, files are as they were.
[[noreturn]] void end_for_library() {
  say(library_message.data());
  _exit(1);
}

/// exit() that is not the end of the tool: a library has given up.
extern "C" void on_exit_of_library() {
  if (ends_in_order) return;
  h5::remove_temporaries();
  if (h5::AtWork::now()) end_for_library();
  say(crash_message.data());
  _exit(1);
}

/// A library that does not look whether it got its memory ends here too.
extern "C" void on_crash(int signal) {
  h5::remove_temporaries();
  if (h5::AtWork::now()) end_for_library();
  say(crash_message.data());
  take_default(signal);
}

void catch_crashes() {
  stack_t stack{};  // of its own, for what has used up the common one
  stack.ss_sp = crash_stack.data();
  stack.ss_size = crash_stack.size();
  sigaltstack(&stack, nullptr);
  for (int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) {
    struct sigaction act {};
    if (sigaction(signal, nullptr, &act) != 0 || act.sa_handler != SIG_DFL) continue;  // a sanitizer has its own
    act.sa_handler = on_crash;
    act.sa_flags = SA_ONSTACK;
    sigaction(signal, &act, nullptr);
  }
}

void install(int signal, void (*handler)(int) = on_signal) {
  struct sigaction act {};
  if (signal != SIGPIPE && sigaction(signal, nullptr, &act) == 0 && act.sa_handler == SIG_IGN) return;
  act = {};
  act.sa_handler = handler;
  sigemptyset(&act.sa_mask);
  act.sa_flags = SA_RESTART;
  sigaction(signal, &act, nullptr);
}

}  // namespace

void catch_signals(bool job, const std::string& tool) {
  takes_job_signals = job;
  const std::string name = tool.substr(0, 64),
                    limit = name + ": ended: the limit of processor time is reached (SIGXCPU)\n";
  std::copy(limit.begin(), limit.end(), processor_limit_message.begin());
  const std::string crash =
      name + ": ended by a crash: too little memory, or an internal error; please report it with the command\n";
  std::copy(crash.begin(), crash.end(), crash_message.begin());
  const std::string library = name + ": libhdf5 ended while it made the output: too little memory\n";
  std::copy(library.begin(), library.end(), library_message.begin());
  catch_crashes();
  std::atexit(on_exit_of_library);
  for (int signal : {SIGUSR1, SIGUSR2}) install(signal, job ? on_signal : do_nothing);
  install(SIGXFSZ, do_nothing);
  for (int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXCPU}) install(signal);
#ifdef SIGINFO
  if (job) install(SIGINFO);
#endif
}

void set_job_signals(bool hup_saves, bool term_requeues) {
  hup_asks_to_save = hup_saves;
  term_asks_to_requeue = term_requeues;
}

bool interruption_asked() {
  tool_asks = true;
  return noted_signal != 0;
}

Request next_request() {
  if (interruption_asked()) return Request::stop;
  if (requeue_asked.exchange(false)) return Request::requeue;
  if (checkpoint_asked.exchange(false)) return Request::checkpoint;
  return status_asked.exchange(false) ? Request::status : Request::none;
}

void raise_noted_signal() {
  ends_in_order = true;
  if (!noted_signal) return;
  h5::remove_temporaries();
  take_default(noted_signal);
}

void open_standard_descriptors() {
  for (int fd : {0, 1, 2}) {
    if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
    const int got = open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
    if (got >= 0 && got != fd) close(got);
  }
}

}  // namespace nn::cli
