// SPDX-License-Identifier: MIT
// Images with the predicted class and its confidence; wrong ones are framed in red and name the true class.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "plot/image_grid.h"
#include "plot/plot.h"
#include "train/choose_split.h"
#include "train/report.h"

namespace nn {
namespace {

struct Shown {
  size_t row = 0;        ///< in the split
  int64_t sample = 0;
  int32_t label = -1, predicted = 0;
  double confidence = 0;
  bool wrong() const { return label >= 0 && label != predicted; }
};

class PredictionsPicture : public Picture {
 public:
  PredictionsPicture(Dataset data, const std::string& split, std::vector<std::string> classes, std::vector<Shown> shown, int64_t columns, std::string title)
      : data_(std::move(data)), split_(data_.at(split)), classes_(std::move(classes)), shown_(std::move(shown)), columns_(columns), title_(std::move(title)) {
    std::tie(width, height) = grid().size();
  }

  TextTable table() const override {
    TextTable table;
    table.columns = {"sample", "label", "predicted", "class", "confidence", "right"};
    for (const Shown& s : shown_)
      table.rows.push_back({Json(s.sample), s.label < 0 ? Json("") : Json(int64_t{s.label}), Json(int64_t{s.predicted}), Json(name(s.predicted)),
                            Json(s.confidence), s.label < 0 ? Json("") : Json(s.wrong() ? 0 : 1)});
    return table;
  }
  std::string script() const override { return grid().script(); }
  std::string text(int columns) const override { return grid().text(columns); }

 private:
  std::string name(int32_t label) const {
    const auto i = static_cast<size_t>(label);
    return i < classes_.size() ? classes_[i] : std::to_string(label);
  }
  ImageGrid grid() const {
    std::vector<Tile> tiles;
    for (const Shown& s : shown_) {
      Tile tile = tile_of(split_, s.row);
      tile.caption = fmt::format("{} ({:.0f} %)", name(s.predicted), 100 * s.confidence);
      if (s.label >= 0) tile.colour = s.wrong() ? "#c62828" : "#1b7a34";
      if (s.wrong()) tile.second = "true: " + name(s.label);
      tile.framed = s.wrong();
      tiles.push_back(std::move(tile));
    }
    return ImageGrid(title_, columns_, std::move(tiles));
  }

  Dataset data_;
  const Split& split_;
  std::vector<std::string> classes_;
  std::vector<Shown> shown_;
  int64_t columns_;
  std::string title_;
};

/// Rows of the split where the predicted samples lie; empty when they are not of this split.
std::vector<size_t> rows_of(const Predictions& p, const Split& split) {
  std::map<int64_t, size_t> place;
  for (size_t i = 0; i < split.sample.size(); ++i) place[split.sample[i]] = i;
  std::vector<size_t> rows;
  for (size_t i = 0; i < p.sample.size(); ++i) {
    const auto found = place.find(p.sample[i]);
    if (found == place.end() || (!p.labels.empty() && !split.labels.empty() && split.labels[found->second] != p.labels[i])) return {};
    rows.push_back(found->second);
  }
  return rows;
}

std::unique_ptr<Picture> make(std::span<const h5::Reader> inputs, const PlotOptions& options) {
  const bool swapped = inputs[0].kind() == "dataset";
  const h5::Reader& file = inputs[swapped ? 1 : 0];
  const h5::Reader& data_file = inputs[swapped ? 0 : 1];
  if (file.kind() != "predictions" || data_file.kind() != "dataset")
    throw Error(fmt::format("{} and {}: expected predictions (nn-predict -o NAME.h5) and the dataset they were made from, found {} and {}", inputs[0].name(),
                            inputs[1].name(), inputs[0].kind(), inputs[1].kind()));
  const Predictions p = read_predictions(file);
  if (p.predicted.empty()) throw Error(file.name() + ": outputs of a regression; there are no classes to show");
  std::vector<std::string> candidates{"test", "val"};
  for (const std::string& name : splits_in(data_file)) candidates.push_back(name);
  if (!options.split.empty()) candidates = {options.split};
  Dataset data;
  std::vector<size_t> rows;
  std::string split;
  for (const std::string& name : candidates) {
    const std::vector<std::string> known = splits_in(data_file);
    if (std::ranges::find(known, name) == known.end() && options.split.empty()) continue;
    data = read_dataset(data_file, {choose_split(data_file, name)});
    rows = rows_of(p, data.at(name));
    split = name;
    if (!rows.empty()) break;
  }
  if (rows.empty()) throw Error(fmt::format("{}: the predicted samples and labels are not those of {}{}", file.name(), data_file.name(), options.split.empty() ? "" : ", split " + options.split));
  (void)in_context(data_file.name(), [&] { return tile_of(data.at(split), 0).height; });
  const auto [down, across] = parse_grid(options.grid.empty() ? "2x5" : options.grid);
  std::vector<int64_t> chosen;
  if (!options.rows.empty()) chosen = parse_rows(options.rows, static_cast<int64_t>(rows.size()));
  for (size_t i = 0; options.rows.empty() && i < rows.size(); ++i) chosen.push_back(static_cast<int64_t>(i));
  std::vector<Shown> shown;
  size_t right = 0, labelled = 0;
  for (size_t i = 0; i < p.labels.size(); ++i) ++labelled, right += p.labels[i] == p.predicted[i];
  for (const int64_t c : chosen) {
    const auto i = static_cast<size_t>(c);
    Shown s{rows[i], p.sample[i], p.labels.empty() ? -1 : p.labels[i], p.predicted[i], 0};
    const auto k = static_cast<size_t>(p.classes);
    if (k == 1) s.confidence = s.predicted ? p.probability[i] : 1 - p.probability[i];
    else if (static_cast<size_t>(s.predicted) < k) s.confidence = p.probability[i * k + static_cast<size_t>(s.predicted)];
    if ((!options.wrong || s.wrong()) && static_cast<int64_t>(shown.size()) < down * across) shown.push_back(s);
  }
  if (shown.empty()) throw Error(file.name() + (options.wrong ? ": no prediction is wrong" : ": no predictions"));
  std::vector<std::string> classes = h5::read_classes(file);
  if (classes.empty()) classes = data.classes;
  std::string title = options.title;
  if (title.empty()) title = labelled ? fmt::format("{}: {} of {} right", file.name(), right, labelled) : file.name();
  const int64_t columns = std::min<int64_t>(across, static_cast<int64_t>(shown.size()));
  return std::make_unique<PredictionsPicture>(std::move(data), split, std::move(classes), std::move(shown), columns, std::move(title));
}
}  // namespace

extern const PictureType predictions_picture;
const PictureType predictions_picture{"predictions", "images with predicted class and confidence, wrong ones marked", "PREDICTIONS DATA", 2, 2, make};

}  // namespace nn
