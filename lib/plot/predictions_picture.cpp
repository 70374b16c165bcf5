// SPDX-License-Identifier: MIT
// Images with the predicted class and its confidence; wrong ones are framed in red and name the true class.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <unordered_map>

#include "base/log.h"
#include "base/text/columns.h"
#include "data/choose_split.h"
#include "data/row_range.h"
#include "plot/image_grid.h"
#include "plot/plot.h"
#include "plot/short_names.h"
#include "results/percent.h"
#include "results/predictions.h"
#include "results/predictions_file.h"

namespace nn {
namespace {

struct Shown {
  size_t row = 0;  ///< in the split
  int32_t label = -1, predicted = 0;
  double confidence = 0;
  bool wrong() const { return label >= 0 && label != predicted; }
};

/// "cat", or the number where there is no name.
std::string name_of(const std::vector<std::string>& names, int32_t label) {
  return label >= 0 && static_cast<size_t>(label) < names.size() ? names[static_cast<size_t>(label)]
                                                                 : std::to_string(label);
}

class PredictionsPicture : public Picture {
 public:
  PredictionsPicture(Dataset data, const std::string& split, std::vector<std::string> classes, std::vector<Shown> shown,
                     int64_t columns, std::string title)
      : data_(std::move(data)),
        split_(data_.at(split)),
        classes_(std::move(classes)),
        shown_(std::move(shown)),
        columns_(columns),
        title_(std::move(title)) {
    std::tie(width, height) = grid().size();
  }

  TextTable table() const override {
    TextTable table;
    table.columns = {"row", "label", "label_name", "predicted", "predicted_name", "confidence", "right"};
    for (const Shown& s : shown_)
      table.rows.push_back({Json(static_cast<int64_t>(s.row)), s.label < 0 ? Json("") : Json(int64_t{s.label}),
                            s.label < 0 ? Json("") : Json(name_of(classes_, s.label)), Json(int64_t{s.predicted}),
                            Json(name_of(classes_, s.predicted)), Json(s.confidence),
                            s.label < 0 ? Json("") : Json(s.wrong() ? 0 : 1)});
    return table;
  }
  std::string script(int, int) const override { return grid().script(); }
  std::string text(int columns) const override { return grid().text(columns); }

 private:
  ImageGrid grid() const {
    std::vector<Tile> tiles;
    const Shades shades = shades_of(data_, split_);
    const std::vector<std::string> beside_share = short_names(classes_, 10), alone = short_names(classes_, 12);
    for (const Shown& s : shown_) {
      Tile tile = tile_of(split_, s.row, shades);
      // The confidence is shown whole, whatever the length of the name.
      const std::string share = percent_text(s.wrong() ? std::min(s.confidence, 0.9999) : s.confidence),
                        name = printable(name_of(beside_share, s.predicted));
      tile.caption = fmt::format("{} ({})", columns_of(name) > 10 ? fit(name, 10) : name, share);
      if (s.label >= 0) tile.colour = s.wrong() ? "#c62828" : "#1b7a34";
      if (s.wrong()) tile.second = "true: " + name_of(alone, s.label);
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

/// Where the predicted samples lie in the split: sample is the row itself, in files that name no split the row of the
/// source. Error for rows that the split does not have and for labels that are others there.
std::vector<size_t> rows_of(const Predictions& p, const std::vector<std::string>& classes, const Dataset& data,
                            const Split& split) {
  std::unordered_map<int64_t, size_t> place;
  if (p.split.empty())
    for (size_t i = 0; const int64_t row : split.sample()) place[row] = i++;
  std::vector<size_t> rows;
  const std::span<const int32_t> labels = split.labels();
  for (size_t i = 0; i < p.sample.size(); ++i) {
    const auto found = place.find(p.sample[i]);
    if (p.split.empty() ? found == place.end() : p.sample[i] >= split.size())
      throw Error(fmt::format("split {} has no row {}, which was predicted", split.name, p.sample[i]));
    rows.push_back(p.split.empty() ? found->second : static_cast<size_t>(p.sample[i]));
    if (p.labels.empty() || labels.empty()) continue;
    // Names count: the numbers are the model's here and the dataset's there.
    const int32_t label = labels[rows.back()];
    const bool named = !classes.empty() && !data.classes.empty();
    if (named ? name_of(classes, p.labels[i]) != name_of(data.classes, label) : p.labels[i] != label)
      throw Error(fmt::format(
          "row {} of split {} has the label {}, but {} in the predictions: they are of another dataset or split",
          rows.back(), split.name, name_of(data.classes, label), name_of(classes, p.labels[i])));
  }
  return rows;
}

/// The dataset with the split that was predicted.
std::pair<Dataset, std::string> data_of(const Predictions& p, const h5::Reader& file, const h5::Reader& data_file,
                                        const std::string& asked) {
  if (!p.split.empty() && !asked.empty() && asked != p.split)
    throw Error(fmt::format("{}: predictions of split {}, not of {}; run nn-predict --split {}", printable(file.name()),
                            printable(p.split), printable(asked), printable(asked)));
  const std::string split = choose_split(data_file, p.split.empty() ? asked : p.split);
  // Names and labels can agree by chance, and there may be no labels: the samples themselves decide.
  if (!p.samples_sum.empty() && p.samples_sum != samples_sum(data_file, split))
    throw Error(fmt::format(
        "{}: predictions of other samples than those in split {} of {}; name the dataset that nn-predict read",
        printable(file.name()), printable(split), printable(data_file.name())));
  return {read_dataset(data_file, {split}), split};
}

/// The predictions of the rows of the split that --rows names, or all.
std::vector<size_t> chosen_of(const std::vector<size_t>& rows, const Split& split, const std::string& text) {
  std::vector<size_t> chosen(text.empty() ? rows.size() : 0);
  std::iota(chosen.begin(), chosen.end(), size_t{0});
  if (text.empty()) return chosen;
  std::unordered_map<size_t, size_t> place;
  for (size_t i = 0; i < rows.size(); ++i) place.emplace(rows[i], i);
  for (const int64_t row : parse_rows(text, split.size())) {
    const auto found = place.find(static_cast<size_t>(row));
    if (found == place.end())
      throw UsageError(fmt::format("--rows {}: row {} of split {} was not predicted", text, row, split.name));
    chosen.push_back(found->second);
  }
  return chosen;
}

struct PredictionsOptions : PlotOptions {
  std::string grid, rows, split;
  bool wrong = false;  ///< only the wrong ones
  void declare(OptionSet& set) {
    declare_grid(set, grid);
    declare_rows(set, rows);
    declare_shown_split(set, split);
    set.flag("wrong", wrong, "show wrong predictions only").brief_help();
  }
};

std::vector<Shown> shown_of(const Predictions& p, const std::vector<size_t>& rows, const Split& split,
                            const PredictionsOptions& options, int64_t most) {
  std::vector<Shown> shown;
  const auto k = static_cast<size_t>(p.classes);
  for (const size_t i : chosen_of(rows, split, options.rows)) {
    Shown s{rows[i], p.labels.empty() ? -1 : p.labels[i], p.predicted[i], 0};
    s.confidence = k == 1 ? (s.predicted ? p.probability[i] : 1 - p.probability[i])
                          : p.probability[i * k + static_cast<size_t>(s.predicted)];
    if ((!options.wrong || s.wrong()) && static_cast<int64_t>(shown.size()) < most) shown.push_back(s);
  }
  return shown;
}

std::string none_shown(const Predictions& p, const PredictionsOptions& options) {
  if (!options.wrong) return ": no predictions";
  if (p.labels.empty()) return ": predictions without labels: which are wrong is not known";
  return options.rows.empty() ? ": no prediction is wrong"
                              : ": no prediction of --rows " + printable(options.rows) + " is wrong";
}

std::unique_ptr<Picture> make(std::span<const h5::Reader> inputs, const PredictionsOptions& options) {
  const bool swapped = inputs[0].kind() == "dataset";
  const h5::Reader& file = inputs[swapped ? 1 : 0];
  const h5::Reader& data_file = inputs[swapped ? 0 : 1];
  if (file.kind() != "predictions" || data_file.kind() != "dataset")
    throw Error(fmt::format(
        "{} and {}: expected predictions (nn-predict -o NAME.h5) and the dataset they were made from, found {} and {}",
        printable(inputs[0].name()), printable(inputs[1].name()), printable(inputs[0].kind()),
        printable(inputs[1].kind())));
  const Predictions p = read_predictions(file);
  if (p.predicted.empty())
    throw Error(printable(file.name()) + ": its outputs are not classes; there is no class to show");
  auto [data, split] = data_of(p, file, data_file, options.split);
  std::vector<std::string> classes = h5::read_classes(file);
  if (classes.empty()) classes = data.classes;
  (void)in_context(data_file.name(), [&] { return tile_of(data.at(split), 0, {}).height; });
  const std::vector<size_t> rows = in_context(printable(file.name()) + " and " + printable(data_file.name()),
                                              [&] { return rows_of(p, classes, data, data.at(split)); });
  const auto [down, across] = parse_grid("grid", options.grid.empty() ? "2x5" : options.grid);
  // Rows that are asked for are all shown; of the wrong ones among them a grid may show the first.
  const bool all = options.grid.empty() && !options.rows.empty();
  if (!options.wrong && !options.rows.empty())
    check_grid(options.grid, options.rows, parse_rows(options.rows, data.at(split).size()).size());
  std::vector<Shown> shown =
      shown_of(p, rows, data.at(split), options, all ? std::numeric_limits<int64_t>::max() : down * across);
  if (shown.empty()) throw Error(printable(file.name()) + none_shown(p, options));
  size_t right = 0;
  for (size_t i = 0; i < p.labels.size(); ++i) right += p.labels[i] == p.predicted[i];
  std::string title = options.title;
  if (title.empty() && p.labels.empty()) title = file.name();
  if (title.empty())
    title = fmt::format("{}: {} of {} {}", file.name(), options.wrong ? p.labels.size() - right : right,
                        p.labels.size(), options.wrong ? "wrong" : "right");
  const auto count = static_cast<int64_t>(shown.size());
  const int64_t columns = std::min<int64_t>(all && count > down * across ? 10 : across, count);
  return std::make_unique<PredictionsPicture>(std::move(data), split, std::move(classes), std::move(shown), columns,
                                              std::move(title));
}
}  // namespace

extern const PictureType predictions_picture;
const PictureType predictions_picture{"predictions",
                                      "images with predicted class and confidence, wrong ones marked",
                                      "PREDICTIONS DATA",
                                      2,
                                      2,
                                      maker_with<PredictionsOptions, make>};

}  // namespace nn
