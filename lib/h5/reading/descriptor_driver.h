// SPDX-License-Identifier: MIT
// A driver of libhdf5 that reads an open file at the places it asks for (pread) and can do nothing else: it opens no
// file, so that it works where a process has given up that right (sandbox.h). Runs in the child (walk.h).
#pragma once

#include "h5/handle.h"
#include "h5/reading/file_bytes.h"

namespace nn::h5 {

/// The HDF5 file behind an open descriptor, for reading. Error when it does not open.
Handle open_descriptor(const FileBytes& file);

}  // namespace nn::h5
