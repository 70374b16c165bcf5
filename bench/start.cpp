// SPDX-License-Identifier: MIT
// nn-bench-start [--stdin FILE] [--for SECONDS] COMMAND [ARG...]: how long a training tool takes from the start of its
// process to the end of its first step, which the first carriage return of its progress line shows, and how much memory
// it needs until then and for SECONDS more; then it is ended. FILE comes through a pipe. Prints seconds<TAB>MB.
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

int checked(int result, const char* what) {
  if (result < 0) throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
  return result;
}

/// In a process of its own: FILE into the pipe, until the reader has had enough.
pid_t feed(const std::string& file, int to) {
  const pid_t pid = checked(fork(), "fork");
  if (pid != 0) return pid;
  const int from = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (from < 0) std::perror(file.c_str());
  std::array<char, 1 << 16> buffer;
  for (ssize_t n; from >= 0 && (n = read(from, buffer.data(), buffer.size())) > 0;)
    for (ssize_t done = 0; done < n;) {
      const ssize_t put = write(to, buffer.data() + done, static_cast<size_t>(n - done));
      if (put <= 0) _exit(0);
      done += put;
    }
  _exit(0);
}

/// Reads what the command says until a carriage return; the rest is thrown away. False when it ended before.
bool first_step(int from, std::string& said) {
  std::array<char, 4096> buffer;
  for (ssize_t n; (n = read(from, buffer.data(), buffer.size())) > 0;) {
    said.append(buffer.data(), static_cast<size_t>(n));
    if (said.find('\r') != std::string::npos) return true;
  }
  return false;
}

void drain(int from, double seconds) {
  const Clock::time_point begin = Clock::now();
  std::array<char, 4096> buffer;
  for (double left = seconds; left > 0; left = seconds - since(begin)) {
    pollfd ready{from, POLLIN, 0};
    if (poll(&ready, 1, static_cast<int>(left * 1000) + 1) > 0 && read(from, buffer.data(), buffer.size()) <= 0) return;
  }
}

int measure(const std::string& file, double more, char** command) {
  std::array<int, 2> input{-1, -1}, talk{};
  checked(pipe2(talk.data(), O_CLOEXEC), "pipe");
  if (!file.empty()) checked(pipe2(input.data(), O_CLOEXEC), "pipe");
  const pid_t feeder = file.empty() ? -1 : feed(file, input[1]);
  const Clock::time_point begin = Clock::now();
  const pid_t child = checked(fork(), "fork");
  if (child == 0) {
    dup2(talk[1], STDERR_FILENO);
    if (!file.empty()) dup2(input[0], STDIN_FILENO);
    execvp(command[0], command);
    std::perror(command[0]);
    _exit(127);
  }
  close(talk[1]);
  if (!file.empty()) close(input[0]), close(input[1]);
  std::string said;
  const bool reached = first_step(talk[0], said);
  const double seconds = since(begin);
  if (reached) drain(talk[0], more);
  kill(child, SIGTERM);
  rusage usage{};
  int status = 0;
  checked(wait4(child, &status, 0, &usage), "wait4");
  if (feeder > 0) waitpid(feeder, nullptr, 0);
  if (!reached) {
    std::fprintf(stderr, "nn-bench-start: %s ended before its first step:\n%s", command[0], said.c_str());
    return 1;
  }
  std::printf("%.4f\t%.0f\n", seconds, static_cast<double>(usage.ru_maxrss) / 1024);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::string file;
  double more = 0.3;
  int i = 1;
  for (; i + 1 < argc && argv[i][0] == '-'; i += 2) {
    if (std::strcmp(argv[i], "--stdin") == 0)
      file = argv[i + 1];
    else if (std::strcmp(argv[i], "--for") == 0)
      more = std::strtod(argv[i + 1], nullptr);
    else
      break;
  }
  if (i >= argc || argv[i][0] == '-') {
    std::fprintf(stderr, "usage: nn-bench-start [--stdin FILE] [--for SECONDS] COMMAND [ARG...]\n");
    return 2;
  }
  try {
    return measure(file, more, argv + i);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "nn-bench-start: %s\n", error.what());
    return 1;
  }
}
