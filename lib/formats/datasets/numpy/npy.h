// SPDX-License-Identifier: MIT
// One NumPy array (.npy, versions 1 to 3): header dictionary parsed by hand, nothing is evaluated. Any byte order, C
// and Fortran order; bool, integers, floats (half too) and fixed-length text. Objects are refused by name. Source:
// numpy.lib.format.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/shape.h"
#include "formats/datasets/numpy/npy_header.h"
#include "h5/array.h"

namespace nn {

/// The values stay as they lie in the file and are converted one by one.
class NpyArray {
 public:
  enum class Kind { boolean, integer, real, text };
  Kind kind() const;
  const Shape& shape() const { return header_.shape; }
  const std::string& type() const { return header_.descr; }  ///< as written: "<f4"
  bool is_bytes() const { return header_.kind == 'u' && header_.size == 1; }
  size_t count() const { return static_cast<size_t>(header_.shape.count()); }
  /// Element i in row-major order. Error for integers beyond 2^53, which a double does not hold.
  double number(size_t i) const;
  int64_t integer(size_t i) const;   ///< of a boolean or integer; Error beyond int64
  uint8_t byte(size_t i) const;      ///< the low byte; for is_bytes() and boolean
  std::string text(size_t i) const;  ///< UTF-8; Error for bytes that are not
  std::vector<std::string> texts() const;

 private:
  friend NpyArray parse_npy(std::vector<std::byte> bytes);
  const std::byte* at(size_t i) const;
  NpyHeader header_;
  std::vector<std::byte> bytes_;
};

/// Error says what is wrong with the header, or how many bytes were expected and found.
NpyArray parse_npy(std::vector<std::byte> bytes);
std::vector<std::byte> write_npy(const h5::Array& array);
std::vector<std::byte> write_npy(const std::vector<std::string>& texts);  ///< as "<U..."

}  // namespace nn
