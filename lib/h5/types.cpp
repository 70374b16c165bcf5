// SPDX-License-Identifier: MIT
#include "h5/types.h"

namespace nn::h5 {

hid_t hdf5_type(Type type) {
  switch (type) {
    case Type::u8: return H5T_STD_U8LE;
    case Type::i32: return H5T_STD_I32LE;
    case Type::i64: return H5T_STD_I64LE;
    case Type::f32: return H5T_IEEE_F32LE;
    case Type::f64: return H5T_IEEE_F64LE;
  }
  throw Error("unknown element type");
}

std::optional<Type> known_type(hid_t file_type) {
  for (const Type type : {Type::u8, Type::i32, Type::i64, Type::f32, Type::f64})
    if (H5Tequal(file_type, hdf5_type(type)) > 0) return type;
  return {};
}

}  // namespace nn::h5
