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
std::string text_chart(const std::string& title, const std::string& x_label, const std::vector<Curve>& curves,
                       int width, int height);

}  // namespace nn
