// SPDX-License-Identifier: MIT
// A call that a signal broke off is made again.
#pragma once

#include <unistd.h>

#include <cerrno>

namespace nn {

/// retried([&] { return ::fsync(descriptor); })
template <class Call>
auto retried(Call&& call) -> decltype(call()) {
  for (;;) {
    const auto result = call();
    if (result != -1 || errno != EINTR) return result;
  }
}

/// close(2) is not made again: the descriptor is closed also where a signal came. False with errno when it failed.
inline bool closed(int descriptor) { return ::close(descriptor) == 0 || errno == EINTR; }

}  // namespace nn
