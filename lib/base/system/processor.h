// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace nn {

/// The processor of this machine, as the kernel names it; empty where it does not say.
std::string processor_name();

}  // namespace nn
