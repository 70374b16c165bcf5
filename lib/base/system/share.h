// SPDX-License-Identifier: MIT
// Finds share/: NN_SHARE, then ../share/nn-tools beside the installed program, then the source tree it was built from.
#pragma once

#include <string>

namespace nn {

/// Path of a file or folder below share/. Error when there is none, naming where it was looked for.
std::string share_path(const std::string& relative);

}  // namespace nn
