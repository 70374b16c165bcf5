// SPDX-License-Identifier: MIT
// The confusion matrix of a metrics or predictions file: counts, shaded by the share of the true class.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/log.h"
#include "base/text/columns.h"
#include "h5/schema.h"
#include "plot/gnuplot.h"
#include "plot/matrix.h"
#include "plot/plot.h"
#include "plot/short_names.h"
#include "results/metrics.h"
#include "results/metrics_file.h"
#include "results/percent.h"
#include "results/predictions.h"
#include "results/predictions_file.h"

namespace nn {
namespace {

class ConfusionPicture : public Picture {
 public:
  ConfusionPicture(std::vector<std::string> classes, std::vector<int64_t> counts, std::string title)
      : classes_(std::move(classes)), counts_(std::move(counts)), title_(std::move(title)), k_(classes_.size()) {
    for (const std::string& name : classes_) shown_.push_back(printable(name));
    shown_ = short_names(shown_, 20);
    for (const std::string& name : shown_) longest_ = std::max(longest_, columns_of(name));
    const int side = std::clamp(static_cast<int>(k_) * 48, 240, 760);
    const auto title_width = static_cast<int>(std::min<size_t>(columns_of(printable(title_)), 100)) * 10;
    width = std::max(side + left() + right_margin, title_width);
    height = side + bottom(side) + top_margin;
    least_width = left() + right_margin + 120, least_height = bottom(120) + top_margin + 120;
    for (size_t t = 0; t < k_; ++t)
      sums_.push_back(std::accumulate(counts_.begin() + static_cast<std::ptrdiff_t>(t * k_),
                                      counts_.begin() + static_cast<std::ptrdiff_t>((t + 1) * k_), int64_t{0}));
  }

  TextTable table() const override {
    TextTable table;
    table.columns = {"true"};
    table.columns.insert(table.columns.end(), classes_.begin(), classes_.end());
    for (size_t t = 0; t < k_; ++t) {
      std::vector<Json> row{Json(classes_[t])};
      for (size_t p = 0; p < k_; ++p) row.emplace_back(at(t, p));
      table.rows.push_back(std::move(row));
    }
    return table;
  }

  std::string script(int wide, int high) const override {
    std::string out = "$shares << EOD\n";
    for (size_t t = 0; t < k_; ++t)
      for (size_t p = 0; p < k_; ++p) out += fmt::format("{} {} {:.5f}\n", p, t, share(t, p));
    out += "EOD\n$counts << EOD\n";
    int side = wide - left() - right_margin;
    for (int i = 0; i < 4; ++i)
      side = std::max(1, std::min(side, high - top_margin - bottom(side)));  // names turned need more
    const bool numbers = k_ <= 25 && pitch(side) >= 28;
    for (size_t t = 0; numbers && t < k_; ++t)
      for (size_t p = 0; p < k_; ++p)
        if (at(t, p) > 0) out += fmt::format("{} {} {} {}\n", p, t, at(t, p), share(t, p) > 0.55 ? 0xffffff : 0x303030);
    out += "EOD\n";
    out += matrix_axes(k_);
    const double w = wide, h = high, x = left() + (wide - left() - right_margin - side) / 2, y = bottom(side);
    out += fmt::format(
        "set lmargin at screen {:.4f}\nset rmargin at screen {:.4f}\nset bmargin at screen {:.4f}\nset tmargin at "
        "screen {:.4f}\n",
        x / w, (x + side) / w, y / h, (y + side) / h);
    out += matrix_colorbox((x + side + 14) / w, y / h, 16 / w, side / h);
    out +=
        fmt::format("set label {} at screen 0.5,{:.4f} center font ',12'\nset xlabel 'predicted'\nset ylabel 'true'\n",
                    gnuplot_quote(short_names({printable(title_)}, static_cast<size_t>(wide / 10))[0]), 1 - 22 / h);
    const std::string tics = matrix_tics(shown_, pitch(side));
    out += fmt::format("set xtics scale 0{} ({}\nset ytics scale 0 ({}\n", matrix_rotation(longest_, pitch(side)), tics,
                       tics);
    out += "plot $shares using 1:2:3 with image pixels";
    if (numbers && std::ranges::any_of(counts_, [](int64_t n) { return n > 0; }))
      out += fmt::format(", $counts using 1:2:(sprintf('%d',$3)):4 with labels font ',{}' textcolor rgb variable",
                         pitch(side) >= 44 ? 10 : 7);
    return out + "\n";
  }

  std::string text(int columns) const override {
    std::vector<std::string> cells;
    for (const int64_t n : counts_) cells.push_back(n ? std::to_string(n) : ".");
    return matrix_text(title_, classes_, cells, columns);
  }

 private:
  int64_t at(size_t t, size_t p) const { return counts_[t * k_ + p]; }
  double share(size_t t, size_t p) const {
    const int64_t sum = sums_[t];
    return sum ? static_cast<double>(at(t, p)) / static_cast<double>(sum) : 0;
  }
  // In pixels: a row of the matrix; the names of the classes at its left and below; the color bar at its right.
  static constexpr int right_margin = 116, top_margin = 50;
  double pitch(int side) const { return static_cast<double>(side) / static_cast<double>(k_); }
  int left() const { return static_cast<int>(longest_) * 8 + 50; }
  int bottom(int side) const { return 56 + matrix_names_below(longest_, pitch(side)); }

  std::vector<std::string> classes_, shown_;  ///< shown_: cut to what the axes have room for
  std::vector<int64_t> counts_, sums_;        ///< sums_: of the rows
  std::string title_;
  size_t k_, longest_ = 1;
};

constexpr size_t most_classes = 1000;

/// Counts of a file, and the split they are of.
struct Counts {
  std::vector<std::string> classes;
  std::vector<int64_t> counts;
  std::string split;
};

void check_number(const h5::Reader& file, size_t classes) {
  if (classes > most_classes)
    throw Error(fmt::format("{}: {} classes are too many for a picture, which shows at most {}", printable(file.name()),
                            classes, most_classes));
}

Counts of_predictions(const h5::Reader& file, const std::string& split) {
  Counts found;
  found.classes = h5::read_classes(file);
  check_number(file, found.classes.size());
  const Shape shape = file.shape("/probability");
  if (shape.rank() == 2) check_number(file, static_cast<size_t>(shape[1]));
  const Predictions p = read_predictions(file);
  if (!split.empty() && split != p.split)
    throw Error(fmt::format("{}: predictions of split '{}', not of '{}'", printable(file.name()), printable(p.split),
                            printable(split)));
  if (p.predicted.empty())
    throw Error(printable(file.name()) + ": its outputs are not classes; a confusion matrix needs them");
  if (p.labels.empty())
    throw Error(printable(file.name()) + ": predictions without labels; a confusion matrix needs both");
  const size_t k =
      std::max<size_t>({static_cast<size_t>(p.classes), found.classes.size(), 2});  // one output knows two classes
  found.counts.assign(k * k, 0);
  for (size_t i = 0; i < p.labels.size(); ++i)
    ++found.counts.at(static_cast<size_t>(p.labels[i]) * k + static_cast<size_t>(p.predicted[i]));
  found.split = p.split;
  return found;
}

Counts of_metrics(const h5::Reader& file, const std::string& split) {
  Counts found;
  found.classes = h5::read_classes(file);
  check_number(file, found.classes.size());
  const std::vector<Metrics> all = read_metrics(file);
  std::vector<std::string> splits;
  for (const Metrics& m : all) splits.push_back(m.split);
  const auto one = split.empty() ? all.begin() : std::ranges::find(all, split, &Metrics::split);
  if (one == all.end())
    throw Error(fmt::format("{}: {}", printable(file.name()), unknown_name("split", split, splits)));
  check_number(file, one->support.size());
  if (one->confusion.empty())
    throw Error(printable(file.name()) + (one->has_labels
                                              ? ": no confusion matrix; of many classes nn-eval --confusion counts it"
                                              : ": metrics without classes have no confusion matrix"));
  found.counts = one->confusion;
  found.split = one->split;
  return found;
}

struct ConfusionOptions : PlotOptions {
  std::string split;
  void declare(OptionSet& set) { declare_shown_split(set, split); }
};

std::unique_ptr<Picture> make(std::span<const h5::Reader> inputs, const ConfusionOptions& options) {
  const h5::Reader& file = inputs[0];
  const std::string kind = file.kind();
  if (kind != "predictions" && kind != "metrics")
    throw Error(printable(file.name()) + ": a " + printable(kind) +
                " holds no confusion matrix; expected metrics (nn-eval -o NAME.h5) or predictions");
  Counts found = kind == "predictions" ? of_predictions(file, options.split) : of_metrics(file, options.split);
  size_t k = 0;
  while (k * k < found.counts.size()) ++k;
  for (size_t i = found.classes.size(); i < k; ++i) found.classes.push_back(std::to_string(i));
  found.classes.resize(k);
  int64_t right = 0, all = 0;
  for (size_t i = 0; i < found.counts.size(); ++i)
    all += found.counts[i], right += i % (k + 1) == 0 ? found.counts[i] : 0;
  std::string title = options.title;
  if (title.empty())
    title = fmt::format("{}{}{}: {} of {} right ({})", file.name(), found.split.empty() ? "" : ", ", found.split, right,
                        all, percent_text(all ? static_cast<double>(right) / static_cast<double>(all) : 0, 2));
  return std::make_unique<ConfusionPicture>(std::move(found.classes), std::move(found.counts), std::move(title));
}
}  // namespace

extern const PictureType confusion_picture;
const PictureType confusion_picture{"confusion", "true against predicted classes",  "METRICS or PREDICTIONS", 1,
                                    1,           maker_with<ConfusionOptions, make>};

}  // namespace nn
