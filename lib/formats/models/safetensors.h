// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>

#include "formats/models/model_format.h"

namespace nn {

/// The content of a safetensors file. Error for anything that its specification forbids.
ForeignModel parse_safetensors(std::span<const std::byte> bytes, const Budget& budget);

}  // namespace nn
