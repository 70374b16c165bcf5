// SPDX-License-Identifier: MIT
#include "plot/panels.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/log.h"
#include "base/text/number.h"
#include "plot/gnuplot.h"
#include "plot/short_names.h"

namespace nn {

std::string PanelGrid::margins(size_t i, int wide, int high, int top, int bottom) const {
  const int panel = static_cast<int>(i);
  const double w = wide, h = high, cell_width = w / across(), cell_height = (h - top - bottom) / down();
  const double left = panel % across() * cell_width, upper = h - top - panel / across() * cell_height;
  return fmt::format(
      "set lmargin at screen {:.5f}\nset rmargin at screen {:.5f}\nset tmargin at screen {:.5f}\nset bmargin at "
      "screen {:.5f}\n",
      (left + sides_.left) / w, (left + cell_width - sides_.right) / w, (upper - sides_.above) / h,
      (upper - cell_height + sides_.below) / h);
}

std::string title_script(const std::string& title, int wide, int high) {
  if (title.empty()) return {};
  return fmt::format("set label {} at screen 0.5,{:.5f} center font ',12'\n",
                     gnuplot_quote(short_names({printable(title)}, static_cast<size_t>(wide / 10))[0]),
                     1 - 18.0 / high);
}

std::string axes_script(const std::string& grid) {
  std::string lines;
  for (const char axis : grid) lines += fmt::format("{}{}tics", lines.empty() ? "" : " ", axis);
  return fmt::format(
      "set border 3 lc rgb '#606060' lw 1\nset tics nomirror scale 0.5 textcolor rgb '#404040'\nset grid {} lc rgb "
      "'#e4e4e4' lt 1 lw 1\nunset key\n",
      lines);
}

AxisRange axis_range(double low, double high, bool share) {
  if (!(low <= high)) return {0, 1};
  const bool positive = low >= 0;
  double beside = 0.06 * (high - low);
  if (share)
    beside = std::max(beside, 0.005);
  else if (low == high)
    beside = low == 0 ? 1 : 0.1 * std::fabs(low);
  low -= beside, high += beside;
  return {positive ? std::max(0.0, low) : low, share ? std::min(1.0, high) : high};
}

std::vector<BandPlace> cut_band(const std::vector<BandPlace>& band, const AxisRange& range) {
  std::vector<BandPlace> cut;
  const auto add = [&](const BandPlace& at) {
    cut.push_back({at.x, std::clamp(at.low, range.low, range.high), std::clamp(at.high, range.low, range.high)});
  };
  const BandPlace* before = nullptr;
  for (const BandPlace& at : band) {
    if (!std::isfinite(at.low) || !std::isfinite(at.high)) {
      cut.push_back(at);
      continue;
    }
    std::vector<double> crossings;  // as shares of the way
    for (const double limit : {range.low, range.high})
      for (const auto end : {&BandPlace::low, &BandPlace::high})
        if (before && (before->*end < limit) != (at.*end < limit))
          crossings.push_back((limit - before->*end) / (at.*end - before->*end));
    std::ranges::sort(crossings);
    for (const double t : crossings)
      if (t > 0 && t < 1)
        add({std::lerp(before->x, at.x, t), std::lerp(before->low, at.low, t), std::lerp(before->high, at.high, t)});
    add(at);
    before = &at;
  }
  return cut;
}

std::string range_script(const std::string& axis, const AxisRange& range) {
  return fmt::format("set {}range [{:.6g}:{:.6g}]\n", axis, range.low, range.high);
}

std::string number_tics(const std::string& axis, const AxisRange& range, int most) {
  const double width = range.high - range.low, wanted = std::max(2, most);
  double step = std::pow(10, std::floor(std::log10(width / wanted)));
  for (size_t i = 0; width / step > wanted; ++i) step *= i % 3 == 1 ? 2.5 : 2.0;
  return fmt::format("set {}tics {:.6g}\n", axis, step);
}

std::string whole_tics(double first, double last, int room) {
  const int digits = static_cast<int>(fmt::format("{:.0f}", last).size());
  const double most = std::clamp(room / (digits * 9 + 14), 2, 12);
  double step = 1;
  for (size_t i = 0; (last - first) / step > most; ++i) step *= i % 3 == 1 ? 2.5 : 2.0;  // 1, 2, 5, 10, ...
  step = std::ceil(step);
  const double beside = first == last ? 0.5 : 0.012 * (last - first);
  return fmt::format("set xtics {} format '%.0f'\nset xrange [{}:{}]\n", value_text(step), value_text(first - beside),
                     value_text(last + beside));
}

}  // namespace nn
