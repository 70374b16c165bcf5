// SPDX-License-Identifier: MIT
#include "base/system/version.h"

namespace nn {

const char* version() { return NN_VERSION; }

}  // namespace nn
