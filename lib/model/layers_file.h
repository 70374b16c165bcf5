// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace nn {

/// The file that find_layers(value) reads; empty for layers themselves and for what it refuses.
std::string layers_file(const std::string& value);

}  // namespace nn
