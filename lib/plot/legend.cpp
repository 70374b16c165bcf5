// SPDX-License-Identifier: MIT
#include "plot/legend.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "base/text/columns.h"
#include "plot/gnuplot.h"
#include "plot/short_names.h"

namespace nn {
namespace {
constexpr int row_height = 19, below = 8, beside = 20, sample = 46, gap = 24;  // pixels
constexpr double character = 7.8;                                              // mean width of one, in pixels
}  // namespace

Legend::ArenaLayout Legend::layout(int width) const {
  ArenaLayout out;
  if (entries_.empty()) return out;
  const int room = std::max(1, width - 2 * beside);
  for (const LegendEntry& entry : entries_) out.texts.push_back(printable(entry.text));
  out.texts = short_names(out.texts, static_cast<size_t>(std::max(4.0, (room - sample - gap) / character)));
  size_t longest = 1;
  for (const std::string& text : out.texts) longest = std::max(longest, columns_of(text));
  out.cell = sample + gap + static_cast<int>(static_cast<double>(longest) * character);
  out.columns = std::clamp(room / out.cell, 1, static_cast<int>(entries_.size()));
  out.rows = (static_cast<int>(entries_.size()) + out.columns - 1) / out.columns;
  return out;
}

int Legend::height(int width) const {
  const ArenaLayout at = layout(width);
  return at.rows ? at.rows * row_height + below : 0;
}

std::string Legend::script(int width, int height, int above) const {
  const ArenaLayout at = layout(width);
  const double left = (width - at.columns * at.cell + gap) / 2.0;
  std::string out;
  for (size_t i = 0; i < entries_.size(); ++i) {
    const LegendEntry& entry = entries_[i];
    const double x = left + static_cast<double>(static_cast<int>(i) % at.columns * at.cell);
    const double y = (at.rows - static_cast<int>(i) / at.columns - 0.5) * row_height + below + above;
    const auto place = [&](double from) { return fmt::format("screen {:.5f},{:.5f}", from / width, y / height); };
    if (entry.line)
      out += fmt::format("set arrow from {} to {} nohead lc rgb '{}' dt {} lw 2\n", place(x),
                         fmt::format("screen {:.5f},{:.5f}", (x + sample - 8) / width, y / height), entry.colour,
                         entry.dash);
    if (entry.point)
      out += fmt::format("set label '' at {} point pt {} ps 0.7 lc rgb '{}'\n", place(x + (sample - 8) / 2.0),
                         entry.point, entry.colour);
    out += fmt::format("set label {} at {} left font ',9' textcolor rgb '#303030'\n", gnuplot_quote(at.texts[i]),
                       place(x + sample));
  }
  return out;
}

}  // namespace nn
