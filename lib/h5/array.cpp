// SPDX-License-Identifier: MIT
#include "h5/array.h"

#include <algorithm>

namespace nn::h5 {

size_t size_of(Type type) {
  switch (type) {
    case Type::u8:
      return 1;
    case Type::i32:
    case Type::f32:
      return 4;
    case Type::i64:
    case Type::f64:
      return 8;
  }
  throw Error("unknown element type");
}

const char* name_of(Type type) {
  switch (type) {
    case Type::u8:
      return "uint8";
    case Type::i32:
      return "int32";
    case Type::i64:
      return "int64";
    case Type::f32:
      return "float32";
    case Type::f64:
      return "float64";
  }
  throw Error("unknown element type");
}

namespace {
template <class T>
std::vector<double> converted(std::span<const T> values) {
  std::vector<double> out(values.size());
  std::transform(values.begin(), values.end(), out.begin(), [](T v) { return static_cast<double>(v); });
  return out;
}
}  // namespace

std::vector<double> Array::to_double() const {
  switch (type) {
    case Type::u8:
      return converted(as<uint8_t>());
    case Type::i32:
      return converted(as<int32_t>());
    case Type::i64:
      return converted(as<int64_t>());
    case Type::f32:
      return converted(as<float>());
    case Type::f64:
      return converted(as<double>());
  }
  throw Error("unknown element type");
}

}  // namespace nn::h5
