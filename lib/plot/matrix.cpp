// SPDX-License-Identifier: MIT
#include "plot/matrix.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/log.h"
#include "base/text/columns.h"
#include "plot/gnuplot.h"
#include "plot/short_names.h"

namespace nn {
namespace {

bool fit_as_they_are(size_t longest, double pitch) { return longest <= 3 && pitch >= 30; }
bool slanted(double pitch) { return pitch >= 28; }

}  // namespace

std::string matrix_axes(size_t k) {
  return fmt::format(
             "set xrange [-0.5:{0}.5]\nset yrange [{0}.5:-0.5]\nset cbrange [0:1]\nset border 15 lc rgb '#808080' lw "
             "1\nset tics textcolor rgb '#404040'\n",
             k - 1) +
         "set palette defined (0 '#ffffff', 0.02 '#eaf2fa', 0.25 '#9ec9e6', 0.6 '#3f8fc6', 1 '#08306b')\n"
         "set cbtics 0.25 format '%.2f' textcolor rgb '#404040'\nset cblabel 'share of the true class' offset "
         "0.5\nunset key\n";
}

std::string matrix_colorbox(double x, double y, double width, double height) {
  return fmt::format("set colorbox vertical user origin screen {:.4f},{:.4f} size screen {:.4f},{:.4f}\n", x, y, width,
                     height);
}

std::string matrix_tics(const std::vector<std::string>& names, double pitch) {
  std::string out;
  const auto step = static_cast<size_t>(std::max(1.0, std::ceil(13 / pitch)));
  for (size_t i = 0; i < names.size(); i += step)
    out += fmt::format("{}{} {}", i ? ", " : "", gnuplot_tic(names[i]), i);
  return fmt::format("{}) font ',{}'", out, pitch >= 18 ? 10 : 8);
}

std::string matrix_rotation(size_t longest, double pitch) {
  return fit_as_they_are(longest, pitch) ? "" : slanted(pitch) ? " rotate by 40 right" : " rotate by 90 right";
}

int matrix_names_below(size_t longest, double pitch) {
  const int names = static_cast<int>(longest) * 8;
  return fit_as_they_are(longest, pitch) ? 10 : slanted(pitch) ? names * 3 / 4 : names;
}

std::string matrix_text(const std::string& title, const std::vector<std::string>& classes,
                        const std::vector<std::string>& cells, int columns) {
  const size_t k = classes.size();
  size_t name = 4, cell = 4, longest = 1;
  std::vector<std::string> rows, heads;
  for (const std::string& c : classes)
    rows.push_back(printable(c)), longest = std::max(longest, columns_of(rows.back()));
  for (const std::string& one : cells) cell = std::max(cell, one.size());
  rows = short_names(rows, 20);
  if (longest <= 20 && longest + k * (std::max(cell, longest) + 1) <= static_cast<size_t>(columns)) {
    heads = rows;
  } else {
    const size_t digits = std::to_string(k - 1).size();
    for (size_t i = 0; i < k; ++i) heads.push_back(std::to_string(i));
    for (size_t i = 0; i < k; ++i) rows[i] = printable(classes[i]);
    rows = short_names(rows, 24 - digits - 1);
    for (size_t i = 0; i < k; ++i) rows[i] = fit(heads[i], digits, true) + " " + rows[i];
  }
  for (size_t i = 0; i < k; ++i)
    name = std::max(name, columns_of(rows[i])), cell = std::max(cell, columns_of(heads[i]));
  std::string out = printable(title) + "\n" + fit("true", name) + " predicted\n" + fit("", name);
  for (const std::string& head : heads) out += " " + fit(head, cell, true);
  out += "\n";
  for (size_t t = 0; t < k; ++t) {
    out += fit(rows[t], name);
    for (size_t p = 0; p < k; ++p) out += " " + fit(cells[t * k + p], cell, true);
    out += "\n";
  }
  return out;
}

}  // namespace nn
