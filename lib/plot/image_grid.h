// SPDX-License-Identifier: MIT
// Small pictures in rows and columns, each with a caption: what samples, predictions and filters share.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/shape.h"
#include "data/dataset.h"
#include "plot/plot.h"

namespace nn {

struct Tile {
  int64_t height = 0, width = 0;
  std::vector<uint8_t> rgb;        ///< {height, width, 3}
  std::string caption, second;     ///< lines below the picture
  std::string colour = "#303030";  ///< of the caption
  bool framed = false;             ///< a frame in that colour
};

/// What is black and what is white.
struct Shades {
  double black = 0, white = 255;
};
/// Of bytes the dataset's valid_min and valid_max. Of floats 0 and 1 where all lie between them, else the least and the
/// greatest value of the split.
Shades shades_of(const Dataset& data, const Split& split);

/// A sample {C,H,W}, grey or RGB. Error when it is no such image.
Tile tile_of(const Split& split, size_t row, Shades shades);

class ImageGrid {
 public:
  ImageGrid(std::string title, int64_t columns, std::vector<Tile> tiles)
      : title_(std::move(title)), columns_(columns), tiles_(std::move(tiles)) {}
  std::string script() const;
  std::string text(int width) const;
  std::pair<int, int> size() const;  ///< pixels

 private:
  double tile_height() const;  ///< in widths of a tile
  double cell_height() const;
  int64_t rows() const { return (static_cast<int64_t>(tiles_.size()) + columns_ - 1) / columns_; }

  std::string title_;
  int64_t columns_;
  std::vector<Tile> tiles_;
};

}  // namespace nn
