// SPDX-License-Identifier: MIT
// An open file of the system, closed at the end of its scope.
#pragma once

#include <unistd.h>

#include <utility>

#include "base/system/retry.h"

namespace nn {

class Descriptor {
 public:
  /// -1: none. owned: false for one that others close, as standard input.
  explicit Descriptor(int number = -1, bool owned = true) : number_(number), owned_(owned) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)), owned_(other.owned_) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    std::swap(owned_, other.owned_);
    return *this;
  }
  ~Descriptor() {
    if (owned_ && number_ >= 0) ::close(number_);
  }
  int get() const { return number_; }
  /// False with errno: some file systems tell only now that there was no room.
  bool close() { return closed(std::exchange(number_, -1)); }
  explicit operator bool() const { return number_ >= 0; }

 private:
  int number_;
  bool owned_;
};

}  // namespace nn
