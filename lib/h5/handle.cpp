// SPDX-License-Identifier: MIT
#include "h5/handle.h"

#include <H5PLpublic.h>

#include "base/error.h"
#include "base/log.h"
#include "h5/at_work.h"

namespace nn::h5 {

void start_library() {
  static const bool started = [] {
    const AtWork starting;
    if (H5dont_atexit() < 0 || H5open() < 0) throw Error("the HDF5 library does not start");
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
  throw Error(reason.empty() ? what : what + ": " + reason);
}

}  // namespace nn::h5
