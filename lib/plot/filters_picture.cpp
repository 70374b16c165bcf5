// SPDX-License-Identifier: MIT
// Weights of a convolution as small pictures: blue below zero, red above, the same scale for all; those of three input
// channels as colours.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/log.h"
#include "model/model_file.h"
#include "plot/image_grid.h"
#include "plot/plot.h"
#include "results/cells.h"

namespace nn {
namespace {

struct FiltersOptions : PlotOptions {
  std::string grid;
  std::string layer;  ///< whose filters are shown; empty: the first convolution
  void declare(OptionSet& set) {
    declare_grid(set, grid);
    set.add("layer", layer, "NAME", "layer whose filters are shown (default: the first convolution)");
  }
};

class FiltersPicture : public Picture {
 public:
  FiltersPicture(NamedTensor weight, const FiltersOptions& options, const std::string& file)
      : weight_(std::move(weight)) {
    const int64_t n = weight_.shape[0];
    columns_ = n <= 4 ? n : n <= 9 ? (n + 1) / 2 : n <= 40 ? 8 : 16;
    shown_ = n;
    if (!options.grid.empty()) {
      const auto [down, across] = parse_grid("grid", options.grid);
      columns_ = across;
      shown_ = std::min(n, down * across);
    }
    columns_ = std::min(columns_, shown_);
    const int64_t c = weight_.shape[1];
    title_ = options.title;
    if (title_.empty())
      title_ = fmt::format("{}, {}: {} filters {}x{}{}", file, weight_.path, n, weight_.shape[2], weight_.shape[3],
                           c == 1 || c == 3 ? "" : fmt::format(", mean of {} channels", c));
    std::tie(width, height) = grid().size();
  }

  TextTable table() const override {
    TextTable table;
    table.columns = {"filter", "channel"};
    const int64_t c = weight_.shape[1], size = weight_.shape[2] * weight_.shape[3];
    for (int64_t y = 0; y < weight_.shape[2]; ++y)
      for (int64_t x = 0; x < weight_.shape[3]; ++x) table.columns.push_back(fmt::format("w{}_{}", y, x));
    for (int64_t o = 0; o < shown_; ++o)
      for (int64_t k = 0; k < c; ++k) {
        std::vector<Json> row{Json(o), Json(k)};
        for (int64_t p = 0; p < size; ++p)
          row.push_back(float_cell(weight_.values[static_cast<size_t>((o * c + k) * size + p)]));
        table.rows.push_back(std::move(row));
      }
    return table;
  }
  std::string script(int, int) const override { return grid().script(); }
  std::string text(int columns) const override {
    const int64_t size = weight_.shape[2] * weight_.shape[3];
    const double top = largest(channels_mean());
    std::string out = printable(title_) + "\n-- - . + ++ from -" + fmt::format("{:.3g} to {:.3g}\n\n", top, top);
    const int64_t across = std::max<int64_t>(1, std::min(columns_, columns / (2 * weight_.shape[3] + 3)));
    const std::vector<double> means = channels_mean();
    for (int64_t first = 0; first < shown_; first += across) {
      for (int64_t y = 0; y < weight_.shape[2]; ++y) {
        for (int64_t o = first; o < std::min(first + across, shown_); ++o) {
          for (int64_t x = 0; x < weight_.shape[3]; ++x) {
            const double v = means[static_cast<size_t>(o * size + y * weight_.shape[3] + x)] / top;
            out += v < -0.6 ? "--" : v < -0.2 ? " -" : v < 0.2 ? " ." : v < 0.6 ? " +" : "++";
          }
          out += "   ";
        }
        out.erase(out.find_last_not_of(' ') + 1);
        out += "\n";
      }
      out += "\n";
    }
    return out;
  }

 private:
  static double largest(const std::vector<double>& values) {
    double top = 1e-30;
    for (const double v : values)
      if (std::isfinite(v)) top = std::max(top, std::fabs(v));
    return top;
  }

  /// {filters, kernel}: over the input channels.
  std::vector<double> channels_mean() const {
    const int64_t c = weight_.shape[1], size = weight_.shape[2] * weight_.shape[3];
    std::vector<double> means(static_cast<size_t>(weight_.shape[0] * size), 0.0);
    for (int64_t o = 0; o < weight_.shape[0]; ++o)
      for (int64_t k = 0; k < c; ++k)
        for (int64_t p = 0; p < size; ++p)
          means[static_cast<size_t>(o * size + p)] +=
              static_cast<double>(weight_.values[static_cast<size_t>((o * c + k) * size + p)]) / static_cast<double>(c);
    return means;
  }

  ImageGrid grid() const {
    const int64_t c = weight_.shape[1], h = weight_.shape[2], w = weight_.shape[3], size = h * w;
    const std::vector<double> means = channels_mean();
    const bool colour = c == 3;
    const double top = colour ? largest({weight_.values.begin(), weight_.values.end()}) : largest(means);
    const auto byte = [](double v) {
      return std::isnan(v) ? uint8_t{128} : static_cast<uint8_t>(std::lround(255 * std::clamp(v, 0.0, 1.0)));
    };
    std::vector<Tile> tiles;
    for (int64_t o = 0; o < shown_; ++o) {
      Tile tile{h, w, {}, std::to_string(o), "", "#303030", false};
      for (int64_t p = 0; p < size; ++p) {
        if (colour) {
          for (int64_t k = 0; k < 3; ++k)
            tile.rgb.push_back(byte(
                0.5 + 0.5 * static_cast<double>(weight_.values[static_cast<size_t>((o * 3 + k) * size + p)]) / top));
          continue;
        }
        const double v = means[static_cast<size_t>(o * size + p)] / top, strength = std::fabs(v);
        const double high[3] = {0.70, 0.09, 0.17}, low[3] = {0.13, 0.40, 0.67};
        for (int k = 0; k < 3; ++k) tile.rgb.push_back(byte(0.97 + strength * ((v > 0 ? high[k] : low[k]) - 0.97)));
      }
      tiles.push_back(std::move(tile));
    }
    return ImageGrid(title_, columns_, std::move(tiles));
  }

  NamedTensor weight_;
  int64_t columns_ = 1, shown_ = 1;
  std::string title_;
};

std::unique_ptr<Picture> make(std::span<const h5::Reader> inputs, const FiltersOptions& options) {
  const h5::Reader& file = inputs[0];
  expect_kind(file, "model");
  const Model model = read_model(file);
  std::vector<std::string> layers;
  for (const NamedTensor& weight : model.weights) {
    if (weight.shape.rank() != 4 || weight.shape.count() == 0) continue;
    layers.push_back(weight.path.substr(0, weight.path.find('/')));
    if (options.layer.empty() || options.layer == layers.back())
      return std::make_unique<FiltersPicture>(weight, options, file.name());
  }
  if (layers.empty()) throw Error(file.name() + ": the network has no convolution, there are no filters to show");
  throw UsageError("--layer: " + unknown_name("convolution", options.layer, layers));
}
}  // namespace

extern const PictureType filters_picture;
const PictureType filters_picture{
    "filters", "weights of a convolution as small pictures", "MODEL", 1, 1, maker_with<FiltersOptions, make>};

}  // namespace nn
