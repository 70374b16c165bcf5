// SPDX-License-Identifier: MIT
// A vector whose resize() leaves new elements as they come, for memory that is written at once: to fill it first would
// touch every page once more, on one thread.
#pragma once

#include <memory>
#include <utility>
#include <vector>

namespace nn {

template <class T>
struct Unfilled : std::allocator<T> {
  template <class U>
  struct rebind {
    using other = Unfilled<U>;
  };
  template <class U>
  void construct(U* p) noexcept {
    ::new (static_cast<void*>(p)) U;
  }
  template <class U, class... Args>
  void construct(U* p, Args&&... args) {
    ::new (static_cast<void*>(p)) U(std::forward<Args>(args)...);
  }
};
template <class T>
using UnfilledVector = std::vector<T, Unfilled<T>>;

}  // namespace nn
