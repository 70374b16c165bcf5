// SPDX-License-Identifier: MIT
// The element types in which foreign files store numbers, and their values as float32.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace nn {

enum class Element { boolean, u8, i8, u16, i16, u32, i32, u64, i64, f16, bf16, f32, f64 };

size_t size_of(Element type);
const char* name_of(Element type);  ///< "bfloat16"
/// By name_of(); empty for another name.
std::optional<Element> element_named(std::string_view name);

/// The value of a 16-bit float of IEEE 754 by its bits.
double half_value(uint64_t bits);
/// Values that lie little-endian, row by row; those of float32 keep their bits, float64 is rounded to nearest.
/// Precondition: a whole number of elements.
std::vector<float> floats_of(std::span<const std::byte> bytes, Element type);
/// Little-endian bytes of floats.
std::vector<std::byte> bytes_of_floats(std::span<const float> values);

}  // namespace nn
