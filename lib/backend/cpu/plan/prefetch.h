// SPDX-License-Identifier: MIT
// What a kernel asks of memory beside its own work.
#pragma once

#include <cstdint>

namespace nn::cpu {

/// Memory that is asked for while products are made, a line at a time: what follows reads or writes it, and it lies
/// far.
class Prefetch {
 public:
  static constexpr int64_t line = 64;
  void add(const void* from, int64_t bytes) {
    if (count_ < most && bytes > 0)
      ranges_[count_++] = {static_cast<const char*>(from), static_cast<const char*>(from) + bytes};
  }
  struct Range {
    const char *next, *end;
  };
  /// What is left of one range, empty if there is none.
  Range& left() {
    while (done_ + 1 < count_ && ranges_[done_].next >= ranges_[done_].end) ++done_;
    return ranges_[done_];
  }

 private:
  static constexpr int most = 8;
  Range ranges_[most]{};
  int count_ = 0, done_ = 0;
};

}  // namespace nn::cpu
