// SPDX-License-Identifier: MIT
// Files that a format could read and that lie where it does not look.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "formats/format.h"

namespace nn {

/// Warns of the files in the sub-folders of a folder whose names `wanted` accepts and that were not read, with
/// examples.
void warn_of_files_below(const std::string& folder, const std::function<bool(const std::string&)>& wanted,
                         const std::vector<std::string>& read, const FormatOptions& options);

/// Error unless it is a regular file: what stands in a folder of files is not followed elsewhere.
void check_regular_file(const std::string& path);

}  // namespace nn
