// SPDX-License-Identifier: MIT
// The legend of a picture, in rows below the plots: it covers no curve, however many there are and however long their
// names.
#pragma once

#include <string>
#include <vector>

namespace nn {

struct LegendEntry {
  std::string text;
  std::string colour;
  int dash = 1;   ///< gnuplot's dash type
  int point = 0;  ///< gnuplot's point type; 0: a line without points
  bool line = true;
};

class Legend {
 public:
  explicit Legend(std::vector<LegendEntry> entries = {}) : entries_(std::move(entries)) {}
  /// Pixels that it takes at the lower edge of a picture of that width; 0 without entries.
  int height(int width) const;
  /// Commands for gnuplot, in screen coordinates of a picture of that size. above: pixels from its lower edge.
  std::string script(int width, int height, int above = 0) const;

 private:
  struct ArenaLayout {
    std::vector<std::string> texts;
    int columns = 1, rows = 0, cell = 0;
  };
  ArenaLayout layout(int width) const;

  std::vector<LegendEntry> entries_;
};

}  // namespace nn
