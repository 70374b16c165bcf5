// SPDX-License-Identifier: MIT
#include "h5/types.h"

namespace nn::h5 {

hid_t hdf5_type(Type type) {
  switch (type) {
    case Type::u8:
      return H5T_STD_U8LE;
    case Type::i32:
      return H5T_STD_I32LE;
    case Type::i64:
      return H5T_STD_I64LE;
    case Type::f32:
      return H5T_IEEE_F32LE;
    case Type::f64:
      return H5T_IEEE_F64LE;
  }
  throw Error("unknown element type");
}

std::optional<Type> known_type(hid_t file_type) {
  const H5T_class_t kind = H5Tget_class(file_type);
  const size_t size = H5Tget_size(file_type);
  for (const Type type : {Type::u8, Type::i32, Type::i64, Type::f32, Type::f64}) {
    const bool is_float = type == Type::f32 || type == Type::f64;
    if (size == size_of(type) && kind == (is_float ? H5T_FLOAT : H5T_INTEGER))
      return H5Tequal(file_type, hdf5_type(type)) > 0 ? std::optional(type) : std::nullopt;
  }
  return {};
}

Handle space_of(const Shape& shape) {
  if (shape.rank() == 0) return {H5Screate(H5S_SCALAR), H5Sclose, "HDF5 scalar"};
  const std::vector<hsize_t> dims(shape.begin(), shape.end());
  return {H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr), H5Sclose, "HDF5 extents"};
}

}  // namespace nn::h5
