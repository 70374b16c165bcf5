// SPDX-License-Identifier: MIT
#include "cli/signals.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "h5/outfile.h"

namespace nn::cli {
namespace {

// A handler can reach nothing but variables of static storage.
volatile sig_atomic_t noted_signal = 0;
volatile sig_atomic_t tool_asks = 0;

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

extern "C" void on_signal(int signal) {
  const int saved = errno;
  if (signal != SIGPIPE && tool_asks && !noted_signal) {
    noted_signal = signal;
    errno = saved;
    return;
  }
  h5::remove_temporaries();
  take_default(signal);
  errno = saved;
}

void install(int signal) {
  struct sigaction act {};
  if (signal != SIGPIPE && sigaction(signal, nullptr, &act) == 0 && act.sa_handler == SIG_IGN) return;
  act = {};
  act.sa_handler = on_signal;
  sigemptyset(&act.sa_mask);
  act.sa_flags = SA_RESTART;
  sigaction(signal, &act, nullptr);
}

}  // namespace

void catch_signals() {
  for (int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) install(signal);
}

bool interruption_asked() {
  tool_asks = 1;
  return noted_signal != 0;
}

void raise_noted_signal() {
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
