// SPDX-License-Identifier: MIT
// The confusion matrices of two groups beside each other, means over their runs, shaded alike.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/log.h"
#include "base/text/columns.h"
#include "plot/compare/compared.h"
#include "plot/gnuplot.h"
#include "plot/matrix.h"
#include "plot/panels.h"
#include "plot/short_names.h"
#include "results/compare/comparison_page.h"
#include "results/evaluation.h"

namespace nn {
namespace {

class Confusions : public Picture {
 public:
  Confusions(const ComparedFiles& files, const CompareChoice& choice) {
    const ComparisonSettings& settings = choice.settings;
    const Grouping grouping = group_runs(files.runs, settings.group_by);
    if (grouping.groups.size() != 2)
      throw UsageError(
          fmt::format("--show confusion draws two groups, found {}: choose them with --group-by, or name "
                      "other files",
                      grouping.groups.size()));
    const std::string split = split_of_classes(files.runs, "--show confusion");
    check_data(files.runs, {split + ".accuracy"}, settings.allow_mixed);
    check_copies(files.runs, grouping);
    difference_ = confusion_difference(files.runs, grouping, 0, split);
    while (k_ * k_ < difference_.of_group.size()) ++k_;
    if (k_ > 200)
      throw Error(fmt::format("{}: {} classes are too many for two matrices beside each other, which show at most 200",
                              printable(files.runs[0].file), k_));
    std::vector<std::string> names;
    for (size_t c = 0; c < k_; ++c)
      names.push_back(printable(name_or_number(difference_.classes, static_cast<int64_t>(c))));
    shown_ = short_names(names, 20);
    for (const std::string& name : shown_) longest_ = std::max(longest_, columns_of(name));
    for (const size_t g : {size_t{0}, size_t{1}})
      runs_.push_back(runs_words(static_cast<int64_t>(grouping.groups[g].runs.size())));
    title_ = choice.title.empty() ? "confusion on " + difference_.split + " by " + joined(grouping.keys) : choice.title;
    const int side = std::clamp(static_cast<int>(k_) * 42, 240, 620);
    width = 2 * side + left() + gap + right_margin, height = side + top_margin + bottom(side);
    least_width = 2 * 100 + left() + gap + right_margin, least_height = 100 + top_margin + bottom(100);
  }

  TextTable table() const override { return confusion_table(difference_); }

  std::string script(int wide, int high) const override {
    int side = (wide - left() - gap - right_margin) / 2;
    for (int i = 0; i < 4; ++i)
      side = std::max(1, std::min(side, high - top_margin - bottom(side)));  // names turned need more
    const double pitch = static_cast<double>(side) / static_cast<double>(k_);
    const bool numbers = pitch >= 28;
    std::string out;
    for (const size_t g : {size_t{0}, size_t{1}}) out += data_blocks(g, numbers);
    out += title_script(title_, wide, high) + matrix_axes(k_);
    const double w = wide, h = high, y = bottom(side);
    const double begin = left() + (wide - left() - gap - right_margin - 2 * side) / 2.0;
    out += "set multiplot\n";
    for (const size_t g : {size_t{0}, size_t{1}}) {
      const double x = begin + static_cast<double>(g) * (side + gap);
      out += fmt::format(
          "set lmargin at screen {:.5f}\nset rmargin at screen {:.5f}\nset bmargin at screen {:.5f}\nset tmargin at "
          "screen {:.5f}\n",
          x / w, (x + side) / w, y / h, (y + side) / h);
      out += fmt::format("set label {} at graph 0.5,1.0 center offset 0,0.9 font ',10' textcolor rgb '#303030'\n",
                         gnuplot_quote(short_names({printable(name_of(g)) + " (" + runs_[g] + ")"},
                                                   static_cast<size_t>(std::max(8, side / 8)))[0]));
      out += g == 0 ? "unset colorbox\nset ylabel 'true'\n"
                    : "unset ylabel\n" + matrix_colorbox((x + side + 14) / w, y / h, 16 / w, side / h);
      const std::string tics = matrix_tics(shown_, pitch);
      out += "set xlabel 'predicted'\nset xtics scale 0" + matrix_rotation(longest_, pitch) + " (" + tics + "\n";
      out += g == 0 ? "set ytics scale 0 (" + tics + "\n" : std::string("unset ytics\n");
      out += fmt::format("plot $s{} using 1:2:3 with image pixels", g);
      if (numbers && has_counts(g))
        out +=
            fmt::format(", $n{} using 1:2:4:5 with labels font ',{}' textcolor rgb variable", g, pitch >= 44 ? 9 : 7);
      out += "\nunset label\n";
    }
    return out + "unset multiplot\n";
  }

  std::string text(int columns) const override {
    std::string out = printable(title_) + "\n";
    for (const size_t g : {size_t{0}, size_t{1}}) {
      std::vector<std::string> cells;
      for (const double v : counts(g)) cells.push_back(v > 0 ? number(v) : ".");
      out += "\n" + matrix_text(name_of(g) + " (" + runs_[g] + ")", difference_classes(), cells, columns);
    }
    return out;
  }

 private:
  // Pixels.
  static constexpr int gap = 40, right_margin = 116, top_margin = 64;
  int left() const { return static_cast<int>(longest_) * 8 + 50; }
  int bottom(int side) const {
    const double pitch = static_cast<double>(side) / static_cast<double>(k_);
    return 56 + matrix_names_below(longest_, pitch);
  }

  const std::vector<double>& counts(size_t g) const { return g == 0 ? difference_.of_baseline : difference_.of_group; }
  const std::string& name_of(size_t g) const { return g == 0 ? difference_.baseline : difference_.group; }
  bool has_counts(size_t g) const {
    return std::ranges::any_of(counts(g), [](double v) { return v > 0; });
  }
  std::vector<std::string> difference_classes() const {
    std::vector<std::string> names;
    for (size_t c = 0; c < k_; ++c) names.push_back(name_or_number(difference_.classes, static_cast<int64_t>(c)));
    return names;
  }
  /// A mean of few runs with the digit that it has.
  static std::string number(double v) {
    return v == std::floor(v) || v >= 100 ? fmt::format("{:.0f}", v) : fmt::format("{:.1f}", v);
  }

  std::string data_blocks(size_t g, bool numbers) const {
    const std::vector<double>& all = counts(g);
    std::string shares = fmt::format("$s{} << EOD\n", g), texts = fmt::format("$n{} << EOD\n", g);
    for (size_t t = 0; t < k_; ++t) {
      double sum = 0;
      for (size_t p = 0; p < k_; ++p) sum += all[t * k_ + p];
      for (size_t p = 0; p < k_; ++p) {
        const double v = all[t * k_ + p], share = sum > 0 ? v / sum : 0;
        shares += fmt::format("{} {} {:.5f}\n", p, t, share);
        if (numbers && v > 0)
          texts += fmt::format("{} {} {:.5f} {} {}\n", p, t, share, number(v), share > 0.55 ? 0xffffff : 0x303030);
      }
    }
    return shares + "EOD\n" + texts + "EOD\n";
  }

  ConfusionDifference difference_;
  std::vector<std::string> shown_, runs_;
  std::string title_;
  size_t k_ = 0, longest_ = 1;
};

}  // namespace

std::unique_ptr<Picture> confusions_of(const ComparedFiles& files, const CompareChoice& choice) {
  return std::make_unique<Confusions>(files, choice);
}

}  // namespace nn
