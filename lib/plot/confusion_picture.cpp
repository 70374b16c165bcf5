// SPDX-License-Identifier: MIT
// The confusion matrix of a metrics or predictions file: counts, shaded by the share of the true class.
#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "base/log.h"
#include "plot/gnuplot.h"
#include "plot/plot.h"
#include "plot/text_chart.h"
#include "train/report.h"

namespace nn {
namespace {

class ConfusionPicture : public Picture {
 public:
  ConfusionPicture(std::vector<std::string> classes, std::vector<int64_t> counts, std::string title)
      : classes_(std::move(classes)), counts_(std::move(counts)), title_(std::move(title)), k_(classes_.size()) {
    size_t longest = 1;
    for (const std::string& name : classes_) longest = std::max(longest, columns_of(name));
    const int side = std::clamp(static_cast<int>(k_) * 48, 240, 760);
    const int names = static_cast<int>(std::min<size_t>(longest, 20)) * 7;
    left_ = names + 70;
    bottom_ = (longest > 3 ? names * 3 / 4 : 10) + 60;
    width = left_ + side + 112;
    height = bottom_ + side + 50;
    rotate_ = longest > 3;
    side_ = side;
    for (size_t t = 0; t < k_; ++t) sums_.push_back(std::accumulate(counts_.begin() + static_cast<std::ptrdiff_t>(t * k_), counts_.begin() + static_cast<std::ptrdiff_t>((t + 1) * k_), int64_t{0}));
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

  std::string script() const override {
    std::string out = "$shares << EOD\n";
    for (size_t t = 0; t < k_; ++t)
      for (size_t p = 0; p < k_; ++p) out += fmt::format("{} {} {:.5f}\n", p, t, share(t, p));
    out += "EOD\n$counts << EOD\n";
    const bool numbers = k_ <= 25;
    for (size_t t = 0; numbers && t < k_; ++t)
      for (size_t p = 0; p < k_; ++p)
        if (at(t, p) > 0) out += fmt::format("{} {} {} {}\n", p, t, at(t, p), share(t, p) > 0.55 ? 0xffffff : 0x303030);
    out += "EOD\n";
    out += fmt::format("set xrange [-0.5:{0}.5]\nset yrange [{0}.5:-0.5]\nset cbrange [0:1]\nset size ratio 1\nset border 15 lc rgb '#808080' lw 1\n", k_ - 1);
    out += fmt::format("set lmargin at screen {:.4f}\nset rmargin at screen {:.4f}\nset bmargin at screen {:.4f}\nset tmargin at screen {:.4f}\n",
                       static_cast<double>(left_) / width, static_cast<double>(left_ + side_) / width, static_cast<double>(bottom_) / height,
                       static_cast<double>(bottom_ + side_) / height);
    out += "set palette defined (0 '#ffffff', 0.02 '#eaf2fa', 0.25 '#9ec9e6', 0.6 '#3f8fc6', 1 '#08306b')\n"
           "set colorbox\nset cbtics 0.25 format '%.2f' textcolor rgb '#404040'\nset cblabel 'share of the true class' offset 1\nunset key\n";
    out += fmt::format("set title {} font ',12'\nset xlabel 'predicted'\nset ylabel 'true'\n", gnuplot_quote(title_));
    out += fmt::format("set xtics scale 0{} ({})\nset ytics scale 0 ({})\n", rotate_ ? " rotate by 40 right" : "", tics(), tics());
    out += "plot $shares using 1:2:3 with image pixels";
    if (numbers && std::ranges::any_of(counts_, [](int64_t n) { return n > 0; }))
      out += fmt::format(", $counts using 1:2:(sprintf('%d',$3)):4 with labels font ',{}' textcolor rgb variable", k_ <= 12 ? 10 : 7);
    return out + "\n";
  }

  std::string text(int) const override {
    size_t name = 4, cell = 5;
    for (const std::string& c : classes_) name = std::max(name, std::min<size_t>(columns_of(printable(c)), 14));
    for (const int64_t n : counts_) cell = std::max(cell, std::to_string(n).size() + 1);
    std::string out = printable(title_) + "\n" + fit("true", name) + " predicted\n" + fit("", name);
    for (const std::string& c : classes_) out += " " + fit(columns_of(printable(c)) > cell - 1 ? fit(printable(c), cell - 1) : printable(c), cell - 1, true);
    out += "\n";
    for (size_t t = 0; t < k_; ++t) {
      out += fit(printable(classes_[t]), name);
      for (size_t p = 0; p < k_; ++p) out += " " + fit(at(t, p) ? std::to_string(at(t, p)) : ".", cell - 1, true);
      out += "\n";
    }
    return out;
  }

 private:
  int64_t at(size_t t, size_t p) const { return counts_[t * k_ + p]; }
  double share(size_t t, size_t p) const {
    const int64_t sum = sums_[t];
    return sum ? static_cast<double>(at(t, p)) / static_cast<double>(sum) : 0;
  }
  std::string tics() const {
    std::string out;
    const size_t step = (k_ + 39) / 40;
    for (size_t i = 0; i < k_; i += step) {
      const std::string name = columns_of(classes_[i]) > 20 ? fit(classes_[i], 20) : classes_[i];
      out += fmt::format("{}{} {}", i ? ", " : "", gnuplot_tic(name), i);
    }
    return out;
  }

  std::vector<std::string> classes_;
  std::vector<int64_t> counts_, sums_;  ///< sums_: of the rows
  std::string title_;
  size_t k_;
  int left_ = 0, bottom_ = 0, side_ = 0;
  bool rotate_ = false;
};

constexpr size_t most_classes = 1000;

/// Counts of a file, and the split they are of.
struct Counts {
  std::vector<std::string> classes;
  std::vector<int64_t> counts;
  std::string split;
};

void check_number(const h5::Reader& file, size_t classes) {
  if (classes > most_classes) throw Error(fmt::format("{}: {} classes are too many for a picture, which shows at most {}", printable(file.name()), classes, most_classes));
}

Counts of_predictions(const h5::Reader& file, const std::string& split) {
  Counts found;
  found.classes = h5::read_classes(file);
  check_number(file, found.classes.size());
  const Shape shape = file.shape("/probability");
  if (shape.rank() == 2) check_number(file, static_cast<size_t>(shape[1]));
  const Predictions p = read_predictions(file);
  if (!split.empty() && split != p.split)
    throw Error(fmt::format("{}: predictions of split '{}', not of '{}'", printable(file.name()), printable(p.split), printable(split)));
  if (p.predicted.empty()) throw Error(printable(file.name()) + ": outputs that are no classes; a confusion matrix needs them");
  if (p.labels.empty()) throw Error(printable(file.name()) + ": predictions without labels; a confusion matrix needs both");
  const size_t k = std::max<size_t>({static_cast<size_t>(p.classes), found.classes.size(), 2});  // one output knows two classes
  found.counts.assign(k * k, 0);
  for (size_t i = 0; i < p.labels.size(); ++i) ++found.counts.at(static_cast<size_t>(p.labels[i]) * k + static_cast<size_t>(p.predicted[i]));
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
  if (one == all.end()) throw Error(fmt::format("{}: {}", printable(file.name()), unknown_name("split", split, splits)));
  check_number(file, one->support.size());
  if (one->confusion.empty())
    throw Error(printable(file.name()) + (one->has_labels ? ": no confusion matrix; of many classes nn-eval --confusion counts it" : ": metrics without classes have no confusion matrix"));
  found.counts = one->confusion;
  found.split = one->split;
  return found;
}

std::unique_ptr<Picture> make(std::span<const h5::Reader> inputs, const PlotOptions& options) {
  const h5::Reader& file = inputs[0];
  const std::string kind = file.kind();
  if (kind != "predictions" && kind != "metrics")
    throw Error(printable(file.name()) + ": a " + printable(kind) + " holds no confusion matrix; expected metrics (nn-eval -o NAME.h5) or predictions");
  Counts found = kind == "predictions" ? of_predictions(file, options.split) : of_metrics(file, options.split);
  size_t k = 0;
  while (k * k < found.counts.size()) ++k;
  for (size_t i = found.classes.size(); i < k; ++i) found.classes.push_back(std::to_string(i));
  found.classes.resize(k);
  int64_t right = 0, all = 0;
  for (size_t i = 0; i < found.counts.size(); ++i) all += found.counts[i], right += i % (k + 1) == 0 ? found.counts[i] : 0;
  std::string title = options.title;
  if (title.empty())
    title = fmt::format("{}{}{}: {} of {} right ({})", file.name(), found.split.empty() ? "" : ", ", found.split, right, all, percent_text(all ? static_cast<double>(right) / static_cast<double>(all) : 0, 2));
  return std::make_unique<ConfusionPicture>(std::move(found.classes), std::move(found.counts), std::move(title));
}
}  // namespace

extern const PictureType confusion_picture;
const PictureType confusion_picture{"confusion", "true against predicted classes", "METRICS", 1, 1, "split", make};

}  // namespace nn
