// SPDX-License-Identifier: MIT
#include "plot/text_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text/columns.h"

namespace nn {
namespace {
constexpr std::string_view marks = "*o+x#@%&abcdefghijklmnpqrstuvwyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

struct SpanOfValues {
  double low = INFINITY, high = -INFINITY;
  void add(double v) {
    if (std::isfinite(v)) low = std::min(low, v), high = std::max(high, v);
  }
  void settle() {
    if (low > high) low = 0, high = 1;
    if (low == high) low -= std::fabs(low) * 0.1, high += low == 0 ? 1 : std::fabs(high) * 0.1;
  }
  /// Cell 0..cells-1 of a value.
  int cell(double v, int cells) const { return static_cast<int>(std::lround((v - low) / (high - low) * (cells - 1))); }
};
}  // namespace

std::string text_chart(const std::string& title, const std::string& x_label, const std::vector<Curve>& curves,
                       int width, int height) {
  SpanOfValues xs, ys;
  for (const Curve& curve : curves)
    for (size_t i = 0; i < curve.x.size(); ++i)
      if (std::isfinite(curve.y[i])) xs.add(curve.x[i]), ys.add(curve.y[i]);
  const bool single = xs.low == xs.high;
  xs.settle(), ys.settle();
  const int left = 10, columns = std::max(20, width - left - 2);
  std::vector<std::string> field(static_cast<size_t>(height), std::string(static_cast<size_t>(columns), ' '));
  for (size_t c = 0; c < curves.size(); ++c) {
    const Curve& curve = curves[c];
    const char mark = marks[c % marks.size()];
    for (size_t i = 0; i < curve.x.size(); ++i) {
      if (!std::isfinite(curve.y[i])) continue;
      const int column = xs.cell(curve.x[i], columns), row = height - 1 - ys.cell(curve.y[i], height);
      if (i > 0 && std::isfinite(curve.y[i - 1])) {  // a dotted line from the point before
        const int from = xs.cell(curve.x[i - 1], columns);
        for (int k = from + 1; k < column; ++k) {
          const double share = static_cast<double>(k - from) / (column - from);
          char& cell = field[static_cast<size_t>(
              height - 1 - ys.cell(curve.y[i - 1] + share * (curve.y[i] - curve.y[i - 1]), height))]
                            [static_cast<size_t>(k)];
          if (cell == ' ') cell = '.';
        }
      }
      field[static_cast<size_t>(row)][static_cast<size_t>(column)] = mark;
    }
  }
  std::string out = fmt::format("{:{}}{}\n", "", left + 1, title);
  for (int row = 0; row < height; ++row) {
    const bool labelled = row == 0 || row == height - 1 || row == (height - 1) / 2;
    const double value = ys.high - (ys.high - ys.low) * row / (height - 1);
    std::string line = fmt::format("{:>{}} |{}", labelled ? fmt::format("{:.4g}", value) : "", left - 1,
                                   field[static_cast<size_t>(row)]);
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  out += fmt::format("{:{}}+{}\n", "", left, std::string(static_cast<size_t>(columns), '-'));
  const std::string first = single ? "" : fmt::format("{:.6g}", xs.low),
                    last = single ? "" : fmt::format("{:.6g}", xs.high);
  const std::string middle = single ? fmt::format("{} {:.6g}", x_label, (xs.low + xs.high) / 2) : x_label;
  out += fmt::format("{:{}}{}{:^{}}{}\n", "", left + 1, first, middle,
                     columns - static_cast<int>(first.size() + last.size()), last);
  for (size_t c = 0; c < curves.size(); ++c)
    out += fmt::format("{:{}}{} {}\n", "", left + 1, marks[c % marks.size()], curves[c].name);
  return out;
}

}  // namespace nn
