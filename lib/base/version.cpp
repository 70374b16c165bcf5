// SPDX-License-Identifier: MIT
#include "base/version.h"

namespace nn {

const char* version() { return NN_VERSION; }

}  // namespace nn
