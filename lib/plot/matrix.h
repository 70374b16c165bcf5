// SPDX-License-Identifier: MIT
// What pictures of confusion matrices share: axes with the names of the classes, shades, and the matrix in characters.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace nn {

/// Ranges of the axes of k classes, true ones downwards, and the shades of shares from 0 to 1.
std::string matrix_axes(size_t k);
/// The bar of the shades, in screen coordinates.
std::string matrix_colorbox(double x, double y, double width, double height);
/// Tics at the classes, as many as have room; pitch: pixels of a row. Begins behind the bracket: "NAME 0, ...) font
/// ...".
std::string matrix_tics(const std::vector<std::string>& names, double pitch);
/// " rotate by 40 right" where the names below do not fit as they are. longest: columns of the longest.
std::string matrix_rotation(size_t longest, double pitch);
/// Pixels that those names take.
int matrix_names_below(size_t longest, double pitch);

/// The matrix in characters. Columns under the names of the classes where they fit, else under their numbers, which
/// then stand before the names. cells: {true, predicted}.
std::string matrix_text(const std::string& title, const std::vector<std::string>& classes,
                        const std::vector<std::string>& cells, int columns);

}  // namespace nn
