// SPDX-License-Identifier: MIT
// A process of its own for libhdf5: forked with the image in memory, it gives up every right (no files, no memory
// beyond a limit, no system calls but a few), walks the image and sends the table of contents through a pipe. Whatever
// happens to it, this process gets the table's bytes or an Error of one line.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/system/budget.h"
#include "h5/reading/file_bytes.h"
#include "h5/reading/walk.h"

namespace nn::h5 {

/// What the child does, once it has given up its rights.
using Describe = void (*)(const FileBytes& image, bool deep, const WalkOutput& output);
void describe_with_library(const FileBytes& image, bool deep, const WalkOutput& output);

/// The table of contents of an image, as bytes for parse_contents. deep: as in Walk.
std::vector<std::byte> table_from_child(const FileBytes& image, const std::string& name, bool deep,
                                        const Budget& budget, Describe describe = describe_with_library);

}  // namespace nn::h5
