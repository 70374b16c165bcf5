// SPDX-License-Identifier: MIT
#include "formats/elements.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstring>

namespace nn {
namespace {

struct Row {
  Element type;
  const char* name;
  size_t size;
};
constexpr std::array<Row, 13> rows{{{Element::boolean, "bool", 1},
                                    {Element::u8, "uint8", 1},
                                    {Element::i8, "int8", 1},
                                    {Element::u16, "uint16", 2},
                                    {Element::i16, "int16", 2},
                                    {Element::u32, "uint32", 4},
                                    {Element::i32, "int32", 4},
                                    {Element::u64, "uint64", 8},
                                    {Element::i64, "int64", 8},
                                    {Element::f16, "float16", 2},
                                    {Element::bf16, "bfloat16", 2},
                                    {Element::f32, "float32", 4},
                                    {Element::f64, "float64", 8}}};

const Row& row_of(Element type) { return rows[static_cast<size_t>(type)]; }

static_assert(std::endian::native == std::endian::little, "values are copied as they lie");

template <class T>
T value_at(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

float float_at(const std::byte* at, Element type) {
  switch (type) {
    case Element::boolean:
      return at[0] != std::byte{0} ? 1.0F : 0.0F;
    case Element::u8:
      return static_cast<float>(value_at<uint8_t>(at));
    case Element::i8:
      return static_cast<float>(value_at<int8_t>(at));
    case Element::u16:
      return static_cast<float>(value_at<uint16_t>(at));
    case Element::i16:
      return static_cast<float>(value_at<int16_t>(at));
    case Element::u32:
      return static_cast<float>(value_at<uint32_t>(at));
    case Element::i32:
      return static_cast<float>(value_at<int32_t>(at));
    case Element::u64:
      return static_cast<float>(value_at<uint64_t>(at));
    case Element::i64:
      return static_cast<float>(value_at<int64_t>(at));
    case Element::f16:
      return static_cast<float>(half_value(value_at<uint16_t>(at)));
    case Element::bf16:
      return std::bit_cast<float>(static_cast<uint32_t>(value_at<uint16_t>(at)) << 16);
    case Element::f32:
      return value_at<float>(at);
    case Element::f64:
      return static_cast<float>(value_at<double>(at));
  }
  return 0;
}

}  // namespace

size_t size_of(Element type) { return row_of(type).size; }
const char* name_of(Element type) { return row_of(type).name; }

std::optional<Element> element_named(std::string_view name) {
  for (const Row& row : rows)
    if (row.name == name) return row.type;
  return {};
}

double half_value(uint64_t bits) {
  const int exponent = static_cast<int>(bits >> 10 & 31);
  const auto fraction = static_cast<double>(bits & 1023);
  const double sign = bits >> 15 ? -1 : 1;
  if (exponent == 31) return fraction != 0 ? NAN : sign * INFINITY;
  return sign * (exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25));
}

std::vector<float> floats_of(std::span<const std::byte> bytes, Element type) {
  const size_t size = size_of(type);
  std::vector<float> values(bytes.size() / size);
  if (type == Element::f32) {
    if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  }
  for (size_t i = 0; i < values.size(); ++i) values[i] = float_at(bytes.data() + i * size, type);
  return values;
}

std::vector<std::byte> bytes_of_floats(std::span<const float> values) {
  const auto bytes = std::as_bytes(values);
  return {bytes.begin(), bytes.end()};
}

}  // namespace nn
