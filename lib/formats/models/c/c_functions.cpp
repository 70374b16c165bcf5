// SPDX-License-Identifier: MIT
#include "formats/models/c/c_functions.h"

#include <vector>

namespace nn {
// Each part of the table has a file of its own: what multiplies, what looks at windows, what takes element by element.
std::span<const CFunction> c_product_functions();
std::span<const CFunction> c_window_functions();
std::span<const CFunction> c_element_functions();
std::span<const CFunction> c_map_functions();

std::span<const CFunction> c_functions() {
  static const std::vector<CFunction> all = [] {
    std::vector<CFunction> list;
    for (const auto part : {c_product_functions(), c_window_functions(), c_element_functions(), c_map_functions()})
      list.insert(list.end(), part.begin(), part.end());
    return list;
  }();
  return all;
}

}  // namespace nn
