// SPDX-License-Identifier: MIT
// The child's side of foreign.h: libhdf5 walks over a file of another program and sends what is in it.
#pragma once

#include "h5/reading/walk.h"

namespace nn::h5 {

constexpr uint64_t foreign_magic = 0x6E67696572'6F66U;

/// A Describe of child.h.
void walk_foreign(const FileBytes& image, bool deep, const WalkOutput& output);

}  // namespace nn::h5
