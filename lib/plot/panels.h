// SPDX-License-Identifier: MIT
// Panels of equal size below a title and above a legend, and the form of their axes.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace nn {

/// Pixels around the axes of a panel, for names of tics and of the axis.
struct PanelSides {
  int left, right, below, above;
};

/// At most two beside each other, or one.
class PanelGrid {
 public:
  /// across: most panels in a row.
  PanelGrid(size_t panels, PanelSides sides, int across = 2)
      : panels_(static_cast<int>(panels)), across_(panels_ == 1 ? 1 : across), sides_(sides) {}
  int across() const { return across_; }
  int down() const { return (panels_ + across_ - 1) / across_; }
  const PanelSides& sides() const { return sides_; }
  /// Pixels between the axes at the left and at the right, in a picture of that width.
  int room(int wide) const { return wide / across() - sides_.left - sides_.right; }
  /// Commands that place panel i. top, bottom: pixels of the title and of the legend.
  std::string margins(size_t i, int wide, int high, int top, int bottom) const;

 private:
  int panels_, across_;
  PanelSides sides_;
};

/// Pixels of a title.
constexpr int title_height = 26;
/// The title above everything, cut to the width; nothing of an empty one.
std::string title_script(const std::string& title, int wide, int high);
/// Colours of border, tics and grid. grid: the axis whose tics have lines, "x", "y" or "xy".
std::string axes_script(const std::string& grid);

/// The part of an axis that shows values from low to high. What is nowhere below 0 has no axis below it; share: a
/// number from 0 to 1, which has none above 1. Nothing finite: 0 to 1.
struct AxisRange {
  double low, high;
};
AxisRange axis_range(double low, double high, bool share);
/// A band between two curves, cut to what of it lies in the range: gnuplot fills outside of the axes where both of its
/// ends lie there. Where an end crosses a limit, a place is added; places without numbers stay.
struct BandPlace {
  double x, low, high;
};
std::vector<BandPlace> cut_band(const std::vector<BandPlace>& band, const AxisRange& range);
/// "set yrange [0:1]" for axis "y".
std::string range_script(const std::string& axis, const AxisRange& range);
/// At most that many tics on axis "x" or "y", at 1, 2, 5, 10, ... steps.
std::string number_tics(const std::string& axis, const AxisRange& range, int most);
/// Tics at whole numbers, as epochs are, in that many pixels: a single one stands in the middle, and the first clear of
/// the axis.
std::string whole_tics(double first, double last, int room);

}  // namespace nn
