// SPDX-License-Identifier: MIT
// The colours of curves and groups, which people with any kind of colour vision can tell apart, and what tells them
// apart when the colours are used up.
#pragma once

#include <cstddef>
#include <iterator>

namespace nn {

constexpr const char* series_colours[] = {"#1f77b4", "#e6752e", "#2c9a4b", "#b8336a",
                                          "#7a5bb5", "#8c6d31", "#11999e", "#555555"};
/// The colour of series i; every eighth has the same.
constexpr const char* series_colour(size_t i) { return series_colours[i % std::size(series_colours)]; }
/// Colours are used up before it: a point tells it, too.
constexpr bool told_by_points(size_t i) { return i >= std::size(series_colours); }
/// gnuplot's point type of series i, `usual` while there are colours.
constexpr int series_point(size_t i, int usual) {
  constexpr int points[] = {9, 11, 13, 4, 6, 8, 10, 12, 1, 2, 3};
  const size_t round = i / std::size(series_colours);
  return round > 0 ? points[(round - 1) % std::size(points)] : usual;
}

}  // namespace nn
