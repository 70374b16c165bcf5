// SPDX-License-Identifier: MIT
// One NumPy array (.npy, versions 1 to 3): header dictionary parsed by hand, nothing is evaluated. Any byte order, C and
// Fortran order; bool, integers, floats (half too) and fixed-length text. Objects are refused by name.
// Source: numpy.lib.format.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/shape.h"
#include "h5/array.h"

namespace nn {

struct NpyArray {
  enum class Kind { integer, real, text } kind = Kind::real;
  Shape shape;
  std::string type;                 ///< as written: "<f4"
  bool bytes_only = false;          ///< uint8: pixels
  std::vector<double> numbers;      ///< row-major; exact for all but the largest 64-bit integers, which are refused
  std::vector<std::string> texts;   ///< UTF-8, for Kind::text
  std::vector<uint8_t> pixels;      ///< instead of numbers, for uint8
};

/// Error says what is wrong with the header, or how many bytes were expected and found.
NpyArray parse_npy(std::span<const std::byte> bytes);
std::vector<std::byte> write_npy(const h5::Array& array);
std::vector<std::byte> write_npy(const std::vector<std::string>& texts);  ///< as "<U..."

}  // namespace nn
