// SPDX-License-Identifier: MIT
// HDF5 identifiers that close themselves, and checked calls. Seen by lib/h5 only; all calls are made on one thread.
// A close can be where a write fails, so the good path calls close() and the destructor is for the way out. Where an
// error is on its way, nothing is closed: libhdf5 may be the one that failed, and it crashes when it then closes what
// it half made.
#pragma once

#include <hdf5.h>

#include <exception>
#include <string>
#include <utility>

namespace nn::h5 {

/// Once, before the first call: no exit handler (it crashes after a failed write), no plug-ins, no printing of errors.
void start_library();

/// What the library's error stack says, innermost first line; empties the stack.
std::string library_reason();

[[noreturn]] void fail(const std::string& what);

/// Error "what: reason" when the result of a call is negative.
template <class Result>
Result checked(Result result, const std::string& what) {
  if (result < 0) fail(what);
  return result;
}

class Handle {
 public:
  using Close = herr_t (*)(hid_t);
  Handle() = default;
  /// Error "what: reason" when id is negative.
  Handle(hid_t id, Close close, const std::string& what) : id_(checked(id, what)), close_(close) {}
  Handle(Handle&& other) noexcept
      : id_(std::exchange(other.id_, -1)), close_(other.close_), errors_before_(other.errors_before_) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    std::swap(errors_before_, other.errors_before_);
    return *this;
  }
  ~Handle() {
    if (id_ >= 0 && std::uncaught_exceptions() <= errors_before_) close_(id_);
  }
  hid_t id() const { return id_; }
  void close(const std::string& what) { checked(close_(std::exchange(id_, -1)), what); }

 private:
  hid_t id_ = -1;
  Close close_ = nullptr;
  int errors_before_ = std::uncaught_exceptions();
};

}  // namespace nn::h5
