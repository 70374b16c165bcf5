// SPDX-License-Identifier: MIT
// Version of the HDF5 library in use, for --version and provenance.
#pragma once

#include <string>

namespace nn::h5 {

std::string library_version();  ///< "1.10.8"

}  // namespace nn::h5
