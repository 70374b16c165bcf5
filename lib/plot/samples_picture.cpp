// SPDX-License-Identifier: MIT
// Images or texts of a data set with their class names.
#include <algorithm>

#include "data/choose_split.h"
#include "data/row_range.h"
#include "plot/image_grid.h"
#include "plot/plot.h"
#include "plot/short_names.h"
#include "plot/text_samples.h"
#include "results/cells.h"

namespace nn {
namespace {

std::string class_of(const std::vector<std::string>& names, int32_t label) {
  return static_cast<size_t>(label) < names.size() ? names[static_cast<size_t>(label)] : std::to_string(label);
}

struct SamplesOptions : PlotOptions {
  std::string grid, rows, split;
  std::string titles = "class";  ///< under each sample: class, label, row, none
  void declare(OptionSet& set) {
    declare_grid(set, grid);
    declare_rows(set, rows);
    declare_shown_split(set, split);
  }
  void declare_drawing(OptionSet& set) {
    set.add("titles", titles, "WHAT", "title of each sample").one_of({"class", "label", "row", "none"}).brief_help();
  }
};

std::string title_of(const Dataset& data, const std::string& split, const SamplesOptions& options,
                     const std::string& file) {
  if (!options.title.empty()) return options.title;
  return (data.title.empty() ? file : data.title) + ", " + split;
}

class SamplesPicture : public Picture {
 public:
  SamplesPicture(Dataset data, const std::string& split, const SamplesOptions& options, const std::string& file)
      : data_(std::move(data)), split_(data_.at(split)) {
    const auto [down, across] = parse_grid("grid", options.grid.empty() ? "2x5" : options.grid);
    columns_ = across;
    if (!options.rows.empty()) rows_ = parse_rows(options.rows, split_.size());
    for (int64_t i = 0; options.rows.empty() && i < std::min(split_.size(), down * across); ++i) rows_.push_back(i);
    if (static_cast<int64_t>(rows_.size()) > down * across) {
      check_grid(options.grid, options.rows, rows_.size());
      columns_ = std::max<int64_t>(5, std::min<int64_t>(10, static_cast<int64_t>(rows_.size())));
    }
    if (rows_.empty()) throw Error(file + ": split " + split + " holds no samples");
    columns_ = std::min(columns_, static_cast<int64_t>(rows_.size()));
    title_ = title_of(data_, split, options, file);
    titles_ = options.titles;
    std::tie(width, height) = grid().size();
  }

  TextTable table() const override {
    TextTable table;
    table.columns = {"row", "label", "class"};
    const h5::Array& x = split_.x();
    const std::span<const int32_t> labels = split_.labels();
    const bool floats = x.type == h5::Type::f32;
    const auto size = static_cast<size_t>(x.shape.without_first().count());
    for (size_t p = 0; p < size; ++p) table.columns.push_back("p" + std::to_string(p));
    for (const int64_t row : rows_) {
      const auto r = static_cast<size_t>(row);
      std::vector<Json> cells{Json(row)};
      cells.push_back(labels.empty() ? Json("") : Json(int64_t{labels[r]}));
      cells.push_back(labels.empty() ? "" : class_of(data_.classes, labels[r]));
      for (size_t p = 0; p < size; ++p)
        cells.push_back(floats ? float_cell(x.as<float>()[r * size + p])
                               : Json(int64_t{x.as<uint8_t>()[r * size + p]}));
      table.rows.push_back(std::move(cells));
    }
    return table;
  }
  std::string script(int, int) const override { return grid().script(); }
  std::string text(int columns) const override { return grid().text(columns); }

 private:
  ImageGrid grid() const {
    std::vector<Tile> tiles;
    const Shades shades = shades_of(data_, split_);
    const std::vector<std::string> names = short_names(data_.classes, 18);
    for (const int64_t row : rows_) {
      Tile tile = tile_of(split_, static_cast<size_t>(row), shades);
      const int32_t label = split_.labels().empty() ? -1 : split_.labels()[static_cast<size_t>(row)];
      if (titles_ == "row")
        tile.caption = std::to_string(row);
      else if (titles_ != "none" && label >= 0)
        tile.caption = titles_ == "label" ? std::to_string(label) : class_of(names, label);
      tiles.push_back(std::move(tile));
    }
    return ImageGrid(title_, columns_, std::move(tiles));
  }

  Dataset data_;
  const Split& split_;
  std::vector<int64_t> rows_;
  int64_t columns_ = 1;
  std::string title_, titles_;
};

/// Of data without images: texts, five where nothing else is asked for.
std::unique_ptr<Picture> make_texts(Dataset data, const std::string& split, const SamplesOptions& options,
                                    const std::string& file) {
  if (!options.grid.empty()) throw UsageError("--grid is for images; --rows chooses texts");
  const Split& shown = data.at(split);
  std::vector<int64_t> rows;
  if (!options.rows.empty()) rows = parse_rows(options.rows, shown.size());
  for (int64_t i = 0; options.rows.empty() && i < std::min<int64_t>(shown.size(), 5); ++i) rows.push_back(i);
  if (rows.empty()) throw Error(file + ": split " + split + " holds no samples");
  std::vector<std::string> captions;
  for (const int64_t row : rows) {
    const int32_t label = shown.labels().empty() ? -1 : shown.labels()[static_cast<size_t>(row)];
    captions.push_back(options.titles == "row"                 ? "row " + std::to_string(row)
                       : options.titles == "none" || label < 0 ? ""
                       : options.titles == "label"             ? std::to_string(label)
                                                               : class_of(data.classes, label));
  }
  const std::string title = title_of(data, split, options, file);
  return text_samples(std::move(data), split, std::move(rows), std::move(captions), title);
}

std::unique_ptr<Picture> make(std::span<const h5::Reader> inputs, const SamplesOptions& options) {
  const h5::Reader& file = inputs[0];
  expect_kind(file, "dataset");
  const std::vector<std::string> splits = splits_in(file);
  if (splits.empty()) throw Error(file.name() + ": no splits");
  const std::string split = !options.split.empty() ? choose_split(file, options.split) : splits.at(0);
  Dataset data = read_dataset(file, {split});
  if (!data.at(split).has_samples() && data.at(split).column("text"))
    return make_texts(std::move(data), split, options, file.name());
  in_context(file.name(), [&] {
    (void)data.sample_shape();
    (void)tile_of(data.at(split), 0, {});
  });
  return std::make_unique<SamplesPicture>(std::move(data), split, options, file.name());
}
}  // namespace

extern const PictureType samples_picture;
const PictureType samples_picture{
    "samples", "images or texts of a data set with their class names", "DATA", 1, 1, maker_with<SamplesOptions, make>};

}  // namespace nn
