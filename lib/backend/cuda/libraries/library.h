// SPDX-License-Identifier: MIT
// A library of NVIDIA, opened when a plan first wants it: they are large, and most plans need none.
#pragma once

#include <initializer_list>
#include <string>

namespace nn::cuda {

class Library {
 public:
  /// The first of the names that can be opened; not at all: opened() is false. It stays open.
  explicit Library(std::initializer_list<const char*> names);
  bool opened() const { return handle_ != nullptr; }
  /// Sets function; where the library has none of that name, it counts as not opened.
  template <class F>
  void find(F& function, const char* name) {
    function = reinterpret_cast<F>(address(name));
  }

 private:
  void* address(const char* name);
  void* handle_ = nullptr;
};

}  // namespace nn::cuda
