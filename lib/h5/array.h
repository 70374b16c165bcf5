// SPDX-License-Identifier: MIT
// A typed array in host memory, as it lies in our files: little-endian, row-major.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/shape.h"
#include "base/system/large_pages.h"
#include "base/system/unfilled.h"

namespace nn::h5 {

enum class Type { u8, i32, i64, f32, f64 };
size_t size_of(Type type);
const char* name_of(Type type);  ///< "uint8", "float32", ...

template <class T>
constexpr Type type_of();
template <>
constexpr Type type_of<uint8_t>() {
  return Type::u8;
}
template <>
constexpr Type type_of<int32_t>() {
  return Type::i32;
}
template <>
constexpr Type type_of<int64_t>() {
  return Type::i64;
}
template <>
constexpr Type type_of<float>() {
  return Type::f32;
}
template <>
constexpr Type type_of<double>() {
  return Type::f64;
}

using Bytes = UnfilledVector<std::byte>;

struct Array {
  Type type = Type::u8;
  Shape shape;
  Bytes bytes;

  Array() = default;
  /// Of zeros.
  Array(Type t, Shape s) : Array(unfilled(t, std::move(s))) { std::fill(bytes.begin(), bytes.end(), std::byte{0}); }
  /// Of anything, for who writes all of it at once.
  static Array unfilled(Type t, Shape s) {
    Array a;
    a.type = t;
    a.shape = std::move(s);
    const size_t size = static_cast<size_t>(a.shape.count()) * size_of(t);
    reserve_large(a.bytes, size);
    a.bytes.resize(size);
    return a;
  }
  template <class T>
  static Array of(Shape shape, std::span<const T> values) {
    Array a = unfilled(type_of<T>(), std::move(shape));
    if (values.size_bytes() != a.bytes.size())
      throw Error("array of shape " + a.shape.text() + " given " + std::to_string(values.size()) + " values");
    std::copy_n(std::as_bytes(values).data(), a.bytes.size(), a.bytes.data());
    return a;
  }
  template <class T>
  static Array of(const std::vector<T>& values) {
    return of<T>(Shape{static_cast<int64_t>(values.size())}, std::span<const T>(values));
  }

  /// The values as T; Error when the type is another.
  template <class T>
  std::span<T> as() {
    if (type != type_of<T>())
      throw Error(std::string("expected ") + name_of(type_of<T>()) + ", found " + name_of(type));
    return {reinterpret_cast<T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
  template <class T>
  std::span<const T> as() const {
    auto s = const_cast<Array*>(this)->as<T>();
    return {s.data(), s.size()};
  }
  std::vector<double> to_double() const;  ///< any type, converted
};

}  // namespace nn::h5
