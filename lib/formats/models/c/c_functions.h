// SPDX-License-Identifier: MIT
// The functions of C that a written file calls: plain loops over floats in the order N,C,H,W, one sample.
#pragma once

#include <array>
#include <span>
#include <string>

namespace nn {

struct CFunction {
  const char* name;
  std::array<const char*, 3> needs;  ///< functions, types and macros of this table that it uses; the rest null
  const char* text;
  int static_bytes = 0;  ///< of variables of its own
};

/// In the order in which they stand in a file: what one needs stands in front of it.
std::span<const CFunction> c_functions();

/// The name of the function for an element-wise function of formula/maps.h: "map_relu". Empty where there is none.
std::string c_map_function(const std::string& map);
/// Numbers that it takes behind the number of elements: the first constants of the op.
int c_map_constants(const std::string& map);

}  // namespace nn
