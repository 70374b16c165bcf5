// SPDX-License-Identifier: MIT
// An HDF5 file of another program: all of its groups, datasets and attributes of text, read by a child process with
// limits (child.h), since no version of libhdf5 survives every file. Values come converted: floats of at most 32 bits
// as float32, others as float64, integers as int64, and bfloat16 as Keras stores it (an opaque of two bytes with the
// attribute dtype). Links other than plain ones, files that keep values elsewhere and values beyond what the bytes of
// the file can hold are refused.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/shape.h"
#include "base/system/budget.h"
#include "h5/array.h"

namespace nn::h5 {

struct ForeignObject {
  enum class Kind : uint8_t { group, float32, float64, int64, bfloat16, other };  ///< other: a dataset of another type
  std::string path;                                                               ///< "/layers/dense/vars/0"
  Kind kind = Kind::group;
  Shape shape;
  Bytes values;                                           ///< little-endian, row by row
  std::map<std::string, std::vector<std::string>> texts;  ///< attributes of text, of one or several values
};

struct ForeignFile {
  std::map<std::string, ForeignObject, std::less<>> objects;  ///< by path
  const ForeignObject* find(std::string_view path) const;
  /// An attribute of one text; null when there is none.
  const std::string* text(std::string_view path, const std::string& attribute) const;
  /// Names of what lies in a group, by the alphabet.
  std::vector<std::string> children(std::string_view group) const;
};

/// What the child says, from its bytes; Error at anything that cannot be.
ForeignFile parse_foreign(std::span<const std::byte> table);
ForeignFile read_foreign_file(std::span<const std::byte> image, const std::string& name, const Budget& budget);

}  // namespace nn::h5
