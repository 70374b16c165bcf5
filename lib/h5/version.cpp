// SPDX-License-Identifier: MIT
#include "h5/version.h"

#include <hdf5.h>

#include "h5/handle.h"

namespace nn::h5 {

std::string library_version() {
  start_library();  // H5dont_atexit has to come before every other call
  unsigned major = 0, minor = 0, release = 0;
  H5get_libversion(&major, &minor, &release);
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(release);
}

}  // namespace nn::h5
