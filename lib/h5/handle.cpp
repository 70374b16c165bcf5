// SPDX-License-Identifier: MIT
#include "h5/handle.h"

#include <H5PLpublic.h>

#include <cstdio>

#include "base/error.h"
#include "base/log.h"
#include "h5/reading/at_work.h"

namespace nn::h5 {

namespace {

/// While this is there, what a library prints to the stream stderr goes nowhere. Where the C library cannot do that,
/// and without memory for another stream, it is printed.
class QuietStream {
 public:
#ifdef __GLIBC__
  QuietStream() {
    static std::FILE* const nowhere =
        std::fopen("/dev/null", "we");  // never closed: another thread may still write to it
    if (nowhere) stderr = nowhere;
  }
  ~QuietStream() { stderr = shown_; }
  QuietStream(const QuietStream&) = delete;

 private:
  std::FILE* const shown_ = stderr;
#else
  QuietStream() {}  // a type without any would be an unused variable
#endif
};

/// libhdf5 can be told not to print its errors once it has started only.
bool opened() {
  const QuietStream quiet;
  return H5dont_atexit() >= 0 && H5open() >= 0;
}

}  // namespace

void start_library() {
  static const bool started = [] {
    const AtWork starting;
    if (!opened()) throw Error("the HDF5 library does not start for lack of memory");
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    H5PLset_loading_state(0);
    return true;
  }();
  static_cast<void>(started);
}

std::string library_reason() {
  std::string reason;
  H5Ewalk2(
      H5E_DEFAULT, H5E_WALK_UPWARD,
      [](unsigned, const H5E_error2_t* error, void* out) -> herr_t {
        auto& text = *static_cast<std::string*>(out);
        if (text.empty() && error->desc) text = error->desc;
        return 0;
      },
      &reason);
  H5Eclear2(H5E_DEFAULT);
  return printable(reason);
}

void fail(const std::string& what) {
  const std::string reason = library_reason();
  throw Error(what + ": " + (reason.empty() ? "libhdf5 failed and gives no reason; memory may be short" : reason));
}

}  // namespace nn::h5
