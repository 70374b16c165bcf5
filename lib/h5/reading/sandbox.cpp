// SPDX-License-Identifier: MIT
#include "h5/reading/sandbox.h"

#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <limits>
#include <span>
#include <string_view>

#ifdef __linux__
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <iterator>
#endif

#include "base/system/small_file.h"

// Sanitizers map terabytes, open pipes to look at memory, and read and write files when they report: there a child
// keeps its files and its memory. Its reports are to be seen.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define NN_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define NN_SANITIZED 1
#endif
#endif
#ifndef NN_SANITIZED
#define NN_SANITIZED 0
#endif

namespace nn::h5 {
namespace {

void lower_limit(int which, uint64_t soft, uint64_t hard) {
  rlimit now{};
  if (getrlimit(static_cast<__rlimit_resource_t>(which), &now) != 0) return;
  now.rlim_max = std::min<rlim_t>(now.rlim_max, hard);
  now.rlim_cur = std::min<rlim_t>({now.rlim_cur, now.rlim_max, soft});
  setrlimit(static_cast<__rlimit_resource_t>(which), &now);
}

/// Of address space, now; 0 where the kernel does not say.
uint64_t mapped_bytes() {
  char text[64] = {};
  const std::string_view line = beginning_of("/proc/self/statm", std::span(text).first(sizeof text - 1));
  unsigned long long pages = 0;
  return !line.empty() && std::sscanf(text, "%llu", &pages) == 1 ? pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE))
                                                                 : 0;
}

/// other: a second one, or -1.
void close_all_but(int kept, int other) {
#if defined(__linux__) && defined(SYS_close_range)
  const auto close_between = [](unsigned first, unsigned last) {
    return first > last || syscall(SYS_close_range, first, last, 0U) == 0;
  };
  const auto low = static_cast<unsigned>(other < 0 ? kept : std::min(kept, other)),
             high = static_cast<unsigned>(std::max(kept, other));
  if ((low == 0 || close_between(0, low - 1)) && (low == high || close_between(low + 1, high - 1)) &&
      close_between(high + 1, ~0U))
    return;
#endif
  rlimit files{};
  const rlim_t most = getrlimit(RLIMIT_NOFILE, &files) == 0 ? std::min<rlim_t>(files.rlim_cur, 65536) : 1024;
  for (int i = 0; i < static_cast<int>(most); ++i)
    if (i != kept && i != other) ::close(i);
}

/// The parent's handlers are not for its child; what ends the parent ends the child through its own end.
void reset_signals() {
  for (int signal = 1; signal < NSIG; ++signal) std::signal(signal, SIG_DFL);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2}) std::signal(signal, SIG_IGN);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// The kernel's limit is in whole seconds; a timer of the same time, which ends the process too, is finer.
void limit_processor_time(double seconds) {
  const auto whole = static_cast<rlim_t>(std::ceil(seconds));
  lower_limit(RLIMIT_CPU, whole, whole + 1);
  itimerval timer{};
  timer.it_value.tv_sec = static_cast<time_t>(seconds);
  timer.it_value.tv_usec = static_cast<suseconds_t>((seconds - std::floor(seconds)) * 1e6);
  setitimer(ITIMER_PROF, &timer, nullptr);
}

void limit_files_and_memory(uint64_t memory, int kept_descriptor, int kept_file) {
  const uint64_t mapped = mapped_bytes();
  close_all_but(kept_descriptor, kept_file);
  lower_limit(RLIMIT_FSIZE, 0, 0);
  lower_limit(RLIMIT_NOFILE, 0, 0);
  if (mapped > 0) lower_limit(RLIMIT_AS, mapped + memory, mapped + memory);
}

}  // namespace

void limit_process(double seconds, uint64_t memory, int kept_descriptor, int kept_file) {
  reset_signals();
  lower_limit(RLIMIT_CORE, 0, 0);
  if (NN_SANITIZED) seconds *= 10;  // what they check takes time of its own
  limit_processor_time(seconds);
  if (!NN_SANITIZED) limit_files_and_memory(memory, kept_descriptor, kept_file);
#ifdef __linux__
  prctl(PR_SET_DUMPABLE, 0);
#endif
}

uint64_t spare_address_space() {
  rlimit space{};
  if (getrlimit(RLIMIT_AS, &space) != 0 || space.rlim_cur == RLIM_INFINITY) return std::numeric_limits<uint64_t>::max();
  return space.rlim_cur - std::min<uint64_t>(space.rlim_cur, mapped_bytes());
}

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__)) && !NN_SANITIZED
void limit_system_calls(bool reads_a_file) {
#ifdef __x86_64__
  constexpr uint32_t machine = AUDIT_ARCH_X86_64;
#else
  constexpr uint32_t machine = AUDIT_ARCH_AARCH64;
#endif
  constexpr uint32_t allowed[] = {SYS_write,          SYS_brk,    SYS_mmap,   SYS_munmap,     SYS_mremap,
                                  SYS_madvise,        SYS_futex,  SYS_exit,   SYS_exit_group, SYS_rt_sigreturn,
                                  SYS_rt_sigprocmask, SYS_getpid, SYS_getcwd, SYS_mprotect,   SYS_clock_gettime,
                                  SYS_gettimeofday,   SYS_pread64};  // the last one: where a file is read
  constexpr auto most = static_cast<uint8_t>(std::size(allowed));
  const auto count = static_cast<uint8_t>(reads_a_file ? most : most - 1);
  sock_filter program[most + 5] = {};
  size_t at = 0;
  const auto add = [&](uint16_t code, uint8_t yes, uint8_t no, uint32_t value) {
    program[at++] = {code, yes, no, value};
  };
  add(BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, arch));
  add(BPF_JMP | BPF_JEQ | BPF_K, 0, static_cast<uint8_t>(count + 1), machine);
  add(BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr));
  for (uint8_t i = 0; i < count; ++i) add(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint8_t>(count - i), 0, allowed[i]);
  add(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | EPERM);
  add(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
  const sock_fprog filter{static_cast<unsigned short>(at), program};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}
#else
void limit_system_calls(bool) {}
#endif

}  // namespace nn::h5
