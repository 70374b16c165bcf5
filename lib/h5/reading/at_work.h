// SPDX-License-Identifier: MIT
// Whether libhdf5 is writing in this process. Where it gets no memory it crashes, or ends the process by exit(-1)
// itself; who is told of a crash or an exit, and can do little by then, asks here.
#pragma once

#include <atomic>

namespace nn::h5 {

class AtWork {
 public:
  AtWork() { ++count_; }
  ~AtWork() { --count_; }
  AtWork(const AtWork&) = delete;
  AtWork& operator=(const AtWork&) = delete;
  static bool now() noexcept { return count_ > 0; }  ///< async-signal-safe

 private:
  static inline std::atomic<int> count_{0};
  static_assert(std::atomic<int>::is_always_lock_free);
};

}  // namespace nn::h5
