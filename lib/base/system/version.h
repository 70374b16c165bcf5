// SPDX-License-Identifier: MIT
// The version of nn-tools, from the one place where it stands: project() in CMakeLists.txt.
#pragma once

namespace nn {

const char* version();  ///< "0.1.0"

}  // namespace nn
