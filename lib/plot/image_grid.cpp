// SPDX-License-Identifier: MIT
#include "plot/image_grid.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/log.h"
#include "base/text/columns.h"
#include "plot/gnuplot.h"
#include "plot/short_names.h"

namespace nn {
namespace {
constexpr double cell_width = 1.14, title_inches = 0.42, line_inches = 0.17;

double grey(const Tile& tile, int64_t y, int64_t x) {
  const uint8_t* p = &tile.rgb[static_cast<size_t>((y * tile.width + x) * 3)];
  return (0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2]) / 255;
}

/// What fits below a tile.
std::string shortened(const std::string& text) {
  const std::string shown = printable(text);
  return columns_of(shown) > 18 ? fit(shown, 18) : shown;
}

/// One line of characters: two rows of pixels at most `columns` wide.
std::vector<std::string> character_picture(const Tile& tile, int64_t columns) {
  constexpr std::string_view ramp = " .:-=+*#%@";
  const int64_t across = std::min(columns, tile.width);
  const int64_t down = std::max<int64_t>(1, (tile.height * across + tile.width) / (2 * tile.width));
  std::vector<std::string> lines;
  for (int64_t r = 0; r < down; ++r) {
    std::string line;
    for (int64_t c = 0; c < across; ++c) {
      double sum = 0;
      int64_t n = 0;
      const int64_t y0 = r * tile.height / down, y1 = std::max(y0 + 1, (r + 1) * tile.height / down);
      const int64_t x0 = c * tile.width / across, x1 = std::max(x0 + 1, (c + 1) * tile.width / across);
      for (int64_t y = y0; y < y1; ++y)
        for (int64_t x = x0; x < x1; ++x, ++n) sum += grey(tile, y, x);
      line += ramp[static_cast<size_t>(std::min(9.0, sum / static_cast<double>(n) * 10))];
    }
    lines.push_back(std::move(line));
  }
  return lines;
}
}  // namespace

Shades shades_of(const Dataset& data, const Split& split) {
  if (split.x().type != h5::Type::f32) return {data.valid_min, data.valid_max};
  const auto values = split.x().as<float>();
  if (values.empty()) return {0, 1};
  const auto [least, greatest] = std::ranges::minmax(values);
  return least >= 0 && greatest <= 1 ? Shades{0, 1} : Shades{least, greatest};
}

Tile tile_of(const Split& split, size_t row, Shades shades) {
  if (!split.is_images())
    throw Error("split " + printable(split.name) + " holds features of shape " + split.x().shape.text() +
                ", there are no images to show");
  const int64_t c = split.x().shape[1], h = split.x().shape[2], w = split.x().shape[3];
  if (c != 1 && c != 3) throw Error("images of " + std::to_string(c) + " channels cannot be shown (1 or 3)");
  if (static_cast<int64_t>(row) >= split.size() || h < 1 || w < 1)
    throw Error("split " + printable(split.name) + " of shape " + split.x().shape.text() + " has no image " +
                std::to_string(row));
  const auto plane = static_cast<size_t>(h * w);
  Tile tile{h, w, std::vector<uint8_t>(plane * 3), "", "", "#303030", false};
  const size_t first = row * static_cast<size_t>(c) * plane;
  const h5::Array& x = split.x();
  const bool floats = x.type == h5::Type::f32;
  const double width = shades.white > shades.black ? shades.white - shades.black : 1;
  for (size_t p = 0; p < plane; ++p)
    for (size_t k = 0; k < 3; ++k) {
      const size_t at = first + (c == 3 ? k * plane : 0) + p;
      const double value = floats ? double{x.as<float>()[at]} : static_cast<double>(x.as<uint8_t>()[at]);
      tile.rgb[p * 3 + k] =
          static_cast<uint8_t>(std::lround(255 * std::clamp((value - shades.black) / width, 0.0, 1.0)));
    }
  return tile;
}

double ImageGrid::tile_height() const {
  return std::clamp(static_cast<double>(tiles_[0].height) / static_cast<double>(tiles_[0].width), 0.1, 10.0);
}

double ImageGrid::cell_height() const {
  const bool first = std::ranges::any_of(tiles_, [](const Tile& t) { return !t.caption.empty(); });
  const bool second = std::ranges::any_of(tiles_, [](const Tile& t) { return !t.second.empty(); });
  return tile_height() + 0.14 + (first ? line_inches : 0) + (second ? line_inches : 0);
}

std::pair<int, int> ImageGrid::size() const {
  const double unit = std::clamp(1500.0 / static_cast<double>(std::max(columns_, rows())), 24.0, 120.0);
  const double width = static_cast<double>(columns_) * cell_width + 0.14,
               height = static_cast<double>(rows()) * cell_height() + 0.1 + (title_.empty() ? 0 : title_inches);
  const auto title = static_cast<int>(std::min<size_t>(columns_of(printable(title_)), 100)) * 10;  // it is not cut
  return {std::max({160, title, static_cast<int>(width * unit)}), static_cast<int>(height * unit)};
}

std::string ImageGrid::script() const {
  const double height = static_cast<double>(rows()) * cell_height() + 0.1,
               width = static_cast<double>(columns_) * cell_width + 0.14;
  std::string out = "unset border\nunset tics\nunset key\nunset colorbox\nset size ratio -1\nset margins 0,0,0,0\n";
  out += fmt::format("set xrange [0:{:.4f}]\nset yrange [{:.4f}:{:.4f}]\n", width, -height,
                     title_.empty() ? 0 : title_inches);
  if (!title_.empty())
    out += fmt::format("set label {} at {:.4f},{:.4f} center font ',12' textcolor rgb '#202020'\n",
                       gnuplot_quote(short_names({printable(title_)}, 100)[0]), width / 2, title_inches / 2);
  std::string plot = "plot ";
  const double th = tile_height();
  const int caption_size = columns_ > 12 ? 7 : 9;
  for (size_t i = 0; i < tiles_.size(); ++i) {
    const Tile& tile = tiles_[i];
    const double x = 0.14 + static_cast<double>(static_cast<int64_t>(i) % columns_) * cell_width;
    const double y = -0.06 - static_cast<double>(static_cast<int64_t>(i) / columns_) * cell_height();
    out += fmt::format("$t{} << EOD\n", i);
    for (int64_t r = tile.height; r-- > 0;)
      for (int64_t c = 0; c < tile.width; ++c) {
        const uint8_t* p = &tile.rgb[static_cast<size_t>((r * tile.width + c) * 3)];
        out += fmt::format("{} {} {} {} {}\n", c, tile.height - 1 - r, p[0], p[1], p[2]);
      }
    out += "EOD\n";
    const double sx = 1.0 / static_cast<double>(tile.width), sy = th / static_cast<double>(tile.height);
    plot += fmt::format("{}$t{} using ({:.5f}+($1+0.5)*{:.7f}):({:.5f}+($2+0.5)*{:.7f}):3:4:5 with rgbimage",
                        i ? ", \\\n     " : "", i, x, sx, y - th, sy);
    const std::string font = fmt::format("center font ',{}' textcolor rgb '{}'", caption_size, tile.colour);
    if (!tile.caption.empty())
      out += fmt::format("set label {} at {:.4f},{:.4f} {}\n", gnuplot_quote(shortened(tile.caption)), x + 0.5,
                         y - th - line_inches * 0.62, font);
    if (!tile.second.empty())
      out += fmt::format("set label {} at {:.4f},{:.4f} {}\n", gnuplot_quote(shortened(tile.second)), x + 0.5,
                         y - th - line_inches * 1.62, font);
    if (tile.framed)
      out += fmt::format(
          "set object rectangle from {:.4f},{:.4f} to {:.4f},{:.4f} front fillstyle empty border lc rgb '{}' lw 2.5\n",
          x - 0.012, y - th - 0.012, x + 1.012, y + 0.012, tile.colour);
  }
  return out + plot + "\n";
}

std::string ImageGrid::text(int width) const {
  std::string out = title_.empty() ? "" : printable(title_) + "\n\n";
  const int64_t columns = std::min<int64_t>(32, std::max<int64_t>(12, tiles_[0].width));
  const auto cell = static_cast<size_t>(columns + 2);
  const size_t across = std::max<size_t>(1, std::min(static_cast<size_t>(columns_), static_cast<size_t>(width) / cell));
  for (size_t i = 0; i < tiles_.size(); i += across) {
    const size_t end = std::min(i + across, tiles_.size());
    std::vector<std::string> lines;
    const auto put = [&](size_t row, const std::string& text) {
      if (lines.size() <= row) lines.resize(row + 1);
      lines[row] += fit(text, cell);
    };
    for (size_t t = i; t < end; ++t) {
      const std::vector<std::string> picture = character_picture(tiles_[t], columns);
      for (size_t r = 0; r < picture.size(); ++r) put(r, picture[r]);
      put(picture.size(),
          fit((tiles_[t].framed ? "! " : "") + printable(tiles_[t].caption), static_cast<size_t>(columns)));
      put(picture.size() + 1, fit(printable(tiles_[t].second), static_cast<size_t>(columns)));
    }
    for (std::string& line : lines) {
      line.erase(line.find_last_not_of(' ') + 1);
      out += line + "\n";
    }
  }
  return out;
}

}  // namespace nn
