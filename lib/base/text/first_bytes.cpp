// SPDX-License-Identifier: MIT
#include "base/text/first_bytes.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/descriptor.h"
#include "base/system/retry.h"

namespace nn {
namespace {
constexpr size_t most = size_t{64} << 10;
constexpr size_t enough = 16;  // for every signature

/// tee(2) copies what stands in a pipe without taking it.
std::vector<std::byte> start_of_pipe(int descriptor) {
  std::array<int, 2> copy{};
  std::vector<std::byte> bytes(most);
  for (;;) {
    pollfd state{descriptor, POLLIN, 0};
    if (retried([&] { return ::poll(&state, 1, -1); }) < 0) return {};
    if (::pipe2(copy.data(), O_CLOEXEC) != 0) return {};
    const Descriptor out(copy[0]), in(copy[1]);
    const ssize_t there = retried([&] { return ::tee(descriptor, copy[1], most, 0); });
    if (there <= 0) return {};
    if (static_cast<size_t>(there) < enough && !(state.revents & POLLHUP)) {
      ::usleep(1000);  // the writer has only begun
      continue;
    }
    const ssize_t got = retried([&] { return ::read(copy[0], bytes.data(), bytes.size()); });
    bytes.resize(got > 0 ? static_cast<size_t>(got) : 0);
    return bytes;
  }
}
}  // namespace

std::vector<std::byte> first_bytes(int descriptor) {
  struct stat info {};
  if (::fstat(descriptor, &info) != 0) return {};
  if (S_ISFIFO(info.st_mode)) return start_of_pipe(descriptor);
  if (!S_ISREG(info.st_mode)) return {};
  std::vector<std::byte> bytes(most);
  const off_t start = descriptor == STDIN_FILENO ? ::lseek(descriptor, 0, SEEK_CUR) : 0;
  const ssize_t got = retried([&] { return ::pread(descriptor, bytes.data(), bytes.size(), start); });
  bytes.resize(got > 0 ? static_cast<size_t>(got) : 0);
  return bytes;
}

bool is_named_pipe(const std::string& input) {
  struct stat info {};
  // What the shell holds open for us can be opened again.
  const bool of_shell = input.starts_with("/dev/fd/") || input.starts_with("/dev/std") || input.starts_with("/proc/");
  return input != "-" && !of_shell && ::stat(input.c_str(), &info) == 0 && S_ISFIFO(info.st_mode);
}

std::vector<std::byte> first_bytes(const std::string& input) {
  if (input == "-") return first_bytes(STDIN_FILENO);
  struct stat info {};
  if (::stat(input.c_str(), &info) != 0 || is_named_pipe(input) || (!S_ISREG(info.st_mode) && !S_ISFIFO(info.st_mode)))
    return {};
  const Descriptor from{retried([&] { return ::open(input.c_str(), O_RDONLY | O_CLOEXEC); })};
  return from ? first_bytes(from.get()) : std::vector<std::byte>{};
}

}  // namespace nn
