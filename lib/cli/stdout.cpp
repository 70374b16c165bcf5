// SPDX-License-Identifier: MIT
#include "cli/stdout.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/error.h"
#include "base/system/retry.h"

namespace nn::cli {
namespace {

[[noreturn]] void fail(int error) {
  throw Error(fmt::format("cannot write standard output: {}", error == EBADF ? "it is closed" : std::strerror(error)));
}

}  // namespace

void write_stdout(std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = retried([&] { return write(STDOUT_FILENO, text.data(), text.size()); });
    if (n <= 0) fail(n == 0 ? ENOSPC : errno);
    text.remove_prefix(static_cast<size_t>(n));
  }
}

void write_stderr(std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t n = retried([&] { return write(STDERR_FILENO, text.data(), text.size()); });
    if (n <= 0) return;
    text.remove_prefix(static_cast<size_t>(n));
  }
}

void check_stdout() {
  if (std::fflush(stdout) != 0) fail(errno);
  const int copy = dup(STDOUT_FILENO);
  if (copy >= 0 && !closed(copy)) fail(errno);
}

}  // namespace nn::cli
