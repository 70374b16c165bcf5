// SPDX-License-Identifier: MIT
// SHA-256 of files and folders, as sha256sum gives it.
#pragma once

#include <string>

namespace nn {

/// Of all bytes of a file; empty when it cannot be read.
std::string sha256_of_file(const std::string& name);

/// Of the lines that `find . -type f -exec sha256sum {} + | LC_ALL=C sort` prints in the folder (names with a backslash
/// or a line end aside, which sha256sum writes otherwise); links are not followed. Empty when one cannot be read.
std::string sha256_of_folder(const std::string& name);

/// Whether a file begins as HDF5 does.
bool begins_as_hdf5(const std::string& name);

}  // namespace nn
