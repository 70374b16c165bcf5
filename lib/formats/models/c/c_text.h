// SPDX-License-Identifier: MIT
// Pieces of C99 text: what is written here compiles under -std=c99 -pedantic -Wall -Wextra without a warning.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>

namespace nn {

/// A constant of type float with the bits of the value: "0.1f", "-3.0f". Error for infinities and NaN, which C99 has no
/// constants for.
std::string c_float(float value);
/// The elements of an array, in lines.
std::string c_floats(std::span<const float> values);
/// A string constant; other characters than those of ASCII as octal escapes. Error beyond 4095 characters, the most
/// that C99 promises.
std::string c_string(std::string_view text);
/// Text that may stand in a comment.
std::string c_comment(std::string_view text);

/// Whether it may begin the names of a file: a letter, then letters, digits and underscores, at most 31 of them.
bool is_c_name(std::string_view text);
/// A name like that, made of any text: "my-model" becomes "my_model".
std::string c_name(std::string_view text);

/// Gives each thing of a file a name of its own.
class CNames {
 public:
  std::string fresh(std::string_view wanted);  ///< "conv1/weight" becomes "conv1_weight", the next "conv1_weight_2"
  void reserve(std::string name) { taken_.insert(std::move(name)); }

 private:
  std::set<std::string> taken_;
};

}  // namespace nn
