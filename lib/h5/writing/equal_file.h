// SPDX-License-Identifier: MIT
// --if-changed: whether a file holds already what would be written.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "base/system/budget.h"

namespace nn::h5 {

/// The file is there, whole, and has the same bytes; or both are HDF5 files of ours of one kind, with one digest
/// (h5/digest.h). The values of the file are read and compared with it: one that is damaged is not equal.
bool holds_equal(const std::string& file, std::span<const std::byte> bytes, const Budget& budget);

}  // namespace nn::h5
