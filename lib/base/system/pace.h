// SPDX-License-Identifier: MIT
// How a team of threads runs on a machine that other programs use as well.
#pragma once

#include <algorithm>
#include <chrono>

namespace nn {

/// Decides from what the caller of a team measures whether its threads stay pinned and whether the others are worth
/// waiting for. On a quiet machine pinned threads are fastest. Where another program has one of their CPUs, a pinned
/// thread shares it although a CPU next to it may be free, and the others wait for the tile that it has begun.
class Pace {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr Clock::duration window = std::chrono::milliseconds(20);  ///< what is measured together

  /// One window: its length, the time that the caller was on a CPU, and the time that it waited for others.
  struct Seen {
    Clock::duration wall, on_cpu, waited;
  };

  explicit Pace(int threads) : threads_(threads) {}

  void judge(Clock::time_point now, const Seen& seen) {
    const bool robbed = seen.wall - seen.on_cpu > seen.wall * 15 / 100 || seen.waited > seen.wall / 4;
    if (robbed) free_until_ = now + free_for;
    // The caller works wall - waited on its share; alone it would take threads times that.
    if (seen.waited * threads_ > seen.wall * (threads_ - 1)) {
      alone_for_ = std::clamp<Clock::duration>(2 * alone_for_, least_alone, most_alone);
      alone_until_ = now + alone_for_;
    } else if (now > alone_until_ + forgotten_after) {
      alone_for_ = {};
    }
  }

  bool pinned(Clock::time_point now) const { return now >= free_until_; }
  bool alone(Clock::time_point now) const { return now < alone_until_; }

 private:
  static constexpr Clock::duration free_for = std::chrono::milliseconds(500),
                                   least_alone = std::chrono::milliseconds(40),
                                   most_alone = std::chrono::milliseconds(320),
                                   forgotten_after = std::chrono::milliseconds(100);
  int threads_;
  Clock::time_point free_until_{}, alone_until_{};
  Clock::duration alone_for_{};
};

}  // namespace nn
