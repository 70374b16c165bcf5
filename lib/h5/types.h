// SPDX-License-Identifier: MIT
// Our element types as HDF5 knows them. Seen by lib/h5 only.
#pragma once

#include <optional>

#include "h5/array.h"
#include "h5/handle.h"

namespace nn::h5 {

hid_t hdf5_type(Type type);                       ///< little-endian file type, owned by the library
std::optional<Type> known_type(hid_t file_type);  ///< empty for any type that is not exactly one of ours
Handle space_of(const Shape& shape);              ///< a scalar for rank 0

}  // namespace nn::h5
