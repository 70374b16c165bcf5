// SPDX-License-Identifier: MIT
// The globals that may stand in a pickle of torch.save, as PyTorch's own weights-only reader allows them.
#pragma once

#include <string_view>

#include "formats/elements.h"

namespace nn {

/// The element type of a class of storages, as "torch.FloatStorage"; null for any other name.
const Element* storage_type(std::string_view global);
/// Whether it is a name of data: a storage, a type of elements, or a constructor whose result pickle.cpp makes.
bool is_data_global(std::string_view name);

}  // namespace nn
