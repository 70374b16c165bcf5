// SPDX-License-Identifier: MIT
// Curves in characters, for a terminal.
#pragma once

#include <string>
#include <vector>

namespace nn {

struct Curve {
  std::string name;
  std::vector<double> x, y;  ///< NaN: nothing there
};
/// A chart of that many columns with a title, both axes and a legend of one mark a curve.
std::string text_chart(const std::string& title, const std::string& x_label, const std::vector<Curve>& curves, int width, int height);

/// Characters that take a column of the terminal: UTF-8 continuation bytes do not.
size_t columns_of(const std::string& text);
/// Filled with blanks to that width, or cut with a final dot.
std::string fit(const std::string& text, size_t width, bool right = false);

}  // namespace nn
