// SPDX-License-Identifier: MIT
// Learning curves: the mean over the runs of each group by epoch, or by the time that its training took, in a band; one
// panel for each metric.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/log.h"
#include "plot/compare/group_curves.h"
#include "plot/gnuplot.h"
#include "plot/legend.h"
#include "plot/palette.h"
#include "plot/panels.h"
#include "plot/text_chart.h"
#include "results/cells.h"

namespace nn {
namespace {

class Curves : public Picture {
 public:
  Curves(const ComparedFiles& files, const CompareChoice& asked, const std::vector<std::string>& metrics, bool by_time)
      : by_time_(by_time) {
    CompareChoice choice = asked;
    choice.settings.metrics = metrics;
    all_ = compared_groups(files, choice);
    labels_ = group_labels(all_.grouping, 48);
    std::vector<std::string> names;
    for (const MetricComparison& metric : all_.metrics) {
      names.push_back(metric.name);
      curves_.emplace_back();
      for (const Group& group : all_.grouping.groups)
        curves_.back().push_back(group_curve(files, group, metric.name, choice));
    }
    title_ = compare_title(choice, joined(names), all_, files.runs);
    band_ = choice.band == "sd"      ? "mean less and plus one standard deviation"
            : choice.band == "range" ? "least to largest"
                                     : interval_words(choice.settings);
    const PanelGrid panels = grid();
    const PanelSides& sides = panels.sides();
    const int beside = legend().height(width = panels.across() == 1 ? 760 : 1120) + caption_height + title_height;
    height = (panels.down() == 1 ? 400 : 340 * panels.down()) + beside;
    least_width = panels.across() * (sides.left + sides.right + 150);
    least_height =
        title_height + caption_height + legend().height(least_width) + panels.down() * (sides.below + sides.above + 90);
  }

  TextTable table() const override {
    TextTable table;
    table.columns = {"metric"};
    for (const std::string& name : group_columns(all_.grouping)) table.columns.push_back(name);
    table.columns.emplace_back("epoch");
    if (by_time_) table.columns.emplace_back("seconds");
    for (const char* name : {"n", "failed", "mean", "low", "high"}) table.columns.emplace_back(name);
    for (size_t m = 0; m < curves_.size(); ++m)
      for (size_t g = 0; g < labels_.size(); ++g)
        for (const GroupCurve::Place& at : curves_[m][g].places) {
          std::vector<Json> row{Json(all_.metrics[m].name)};
          for (Json& cell : group_cells(all_.grouping, g)) row.push_back(std::move(cell));
          row.push_back(number_cell(at.epoch));
          if (by_time_) row.push_back(number_cell(at.seconds));
          row.insert(row.end(), {Json(at.n), Json(at.failed), number_cell(at.mean), number_cell(at.band.low),
                                 number_cell(at.band.high)});
          table.rows.push_back(std::move(row));
        }
    return table;
  }

  std::string script(int wide, int high) const override {
    std::string out;
    for (size_t m = 0; m < curves_.size(); ++m)
      for (size_t g = 0; g < labels_.size(); ++g) out += data_block(m, g);
    const int below = legend().height(wide) + caption_height;
    out += "set datafile missing 'NaN'\n" + axes_script("y") + title_script(title_, wide, high) +
           fmt::format("set xlabel '{}'\n", x_label());
    out +=
        x_tics(grid().room(wide)) + caption_script(caption(), high, wide) + legend().script(wide, high, caption_height);
    const bool many = curves_.size() > 1;
    if (many) out += "set multiplot\n";
    for (size_t m = 0; m < curves_.size(); ++m) {
      out += grid().margins(m, wide, high, title_height, below) + panel_script(m);
      if (many && m == 0) out += "unset label\nunset arrow\n";  // they belong to the whole
    }
    if (many) out += "unset multiplot\n";
    return out;
  }

  std::string text(int columns) const override {
    std::string out;
    for (size_t m = 0; m < curves_.size(); ++m) {
      std::vector<Curve> lines;
      for (size_t g = 0; g < labels_.size(); ++g) {
        Curve line{legend_text(g), {}, {}};
        for (const GroupCurve::Place& at : curves_[m][g].places) line.x.push_back(x_of(at)), line.y.push_back(at.mean);
        lines.push_back(std::move(line));
      }
      out += (out.empty() ? "" : "\n") +
             text_chart(printable(all_.metrics[m].name + ", mean over the runs"), x_label(), lines, columns, 16);
    }
    return out;
  }

  std::vector<std::string> remarks() const override {
    std::vector<std::string> out = lone_runs(all_.grouping, "band");
    for (size_t g = 0; g < labels_.size(); ++g)
      for (size_t m = 0; m < curves_.size(); ++m) remark_of(m, g, printable(all_.grouping.clear_name(g)), out);
    for (const std::string& note : all_.notes)
      if (note.find(" no number for ") == std::string::npos) out.push_back(printable(note));
    return out;
  }

 private:
  PanelGrid grid() const { return PanelGrid(curves_.size(), {98, 20, 48, 14}); }
  std::string caption() const {
    return std::string("lines: means over the runs") + (by_time_ ? ", a point an epoch" : "") + "; bands: " + band_;
  }
  double x_of(const GroupCurve::Place& at) const { return by_time_ ? at.seconds : at.epoch; }
  const char* x_label() const { return by_time_ ? "training time in seconds" : "epoch"; }

  /// Runs that ended before others, and those without a number.
  void remark_of(size_t m, size_t g, const std::string& name, std::vector<std::string>& out) const {
    const auto& places = curves_[m][g].places;
    const auto runs = static_cast<int64_t>(all_.grouping.groups[g].runs.size());
    int64_t most_failed = 0;
    for (const auto& at : places) most_failed = std::max(most_failed, at.failed);
    if (most_failed > 0)
      out.push_back(fmt::format("{}: {} of {} {} values of {} that are no numbers; the curve is of the others", name,
                                most_failed, runs_words(runs), most_failed == 1 ? "has" : "have",
                                printable(all_.metrics[m].name)));
    if (m > 0) return;  // the same of each metric
    const auto shorter = std::ranges::find_if(places, [&](const auto& at) { return at.n + at.failed < runs; });
    if (shorter != places.end())
      out.push_back(fmt::format("{}: from epoch {:.0f} on the curve is of fewer than {}, the others had ended", name,
                                shorter->epoch, runs_words(runs)));
  }

  std::string legend_text(size_t g) const {
    const size_t runs = all_.grouping.groups[g].runs.size();
    int64_t failed = 0;
    for (const auto& of_metric : curves_)
      for (const auto& at : of_metric[g].places) failed = std::max(failed, at.failed);
    return fmt::format("{} ({}{})", labels_[g], runs == 1 ? "1 run, no band" : runs_words(static_cast<int64_t>(runs)),
                       failed ? fmt::format(", {} with NaN", failed) : "");
  }
  Legend legend() const {
    std::vector<LegendEntry> entries;
    for (size_t g = 0; g < labels_.size(); ++g)
      entries.push_back({legend_text(g), series_colour(g), 1, series_point(g, 7)});
    return Legend(std::move(entries));
  }

  static std::string block(size_t m, size_t g) { return fmt::format("$c{}_{}", m, g); }
  static std::string band_block(size_t m, size_t g) { return fmt::format("$b{}_{}", m, g); }
  std::string data_block(size_t m, size_t g) const {
    const auto number = [](double v) { return std::isfinite(v) ? value_text(v) : std::string("NaN"); };
    std::string out = block(m, g) + " << EOD\n";
    std::vector<BandPlace> band;
    for (const GroupCurve::Place& at : curves_[m][g].places) {
      out += fmt::format("{} {}\n", value_text(x_of(at)), number(at.mean));
      band.push_back({x_of(at), at.band.low, at.band.high});
    }
    out += "EOD\n" + band_block(m, g) + " << EOD\n";
    for (const BandPlace& at : cut_band(band, range_of(m)))
      out += fmt::format("{} {} {}\n", value_text(at.x), number(at.low), number(at.high));
    return out + "EOD\n";
  }

  std::string x_tics(int room) const {
    double first = by_time_ ? 0 : 1, last = first;
    for (const auto& of_metric : curves_)
      for (const GroupCurve& curve : of_metric)
        for (const auto& at : curve.places) first = std::min(first, x_of(at)), last = std::max(last, x_of(at));
    if (!by_time_) return whole_tics(first, last, room);
    const AxisRange range{0, last > 0 ? 1.02 * last : 1};
    return "set format x '%.4g'\n" + range_script("x", range) + number_tics("x", range, room / 60);
  }

  AxisRange range_of(size_t m) const {
    double low = INFINITY, high = -INFINITY;
    for (const GroupCurve& curve : curves_[m])
      for (const auto& at : curve.places)
        if (std::isfinite(at.mean)) low = std::min(low, at.mean), high = std::max(high, at.mean);
    const bool positive = low >= 0, share = !all_.metrics[m].smaller_is_better && positive && high <= 1;
    for (const GroupCurve& curve : curves_[m])
      for (const auto& at : curve.places)
        if (std::isfinite(at.band.low)) low = std::min(low, at.band.low), high = std::max(high, at.band.high);
    return axis_range(positive ? std::max(low, 0.0) : low, share ? std::min(high, 1.0) : high, share);
  }

  std::string panel_script(size_t m) const {
    std::string bands, lines;
    for (size_t g = 0; g < labels_.size(); ++g) {
      const auto& places = curves_[m][g].places;
      const auto finite = std::ranges::count_if(places, [](const auto& at) { return std::isfinite(at.mean); });
      if (finite == 0) continue;
      if (std::ranges::any_of(places, [](const auto& at) { return std::isfinite(at.band.low); }))
        bands += fmt::format("{} using 1:2:3 with filledcurves lc rgb '{}' fs transparent solid {} noborder, \\\n     ",
                             band_block(m, g), series_colour(g), labels_.size() > 4 ? 0.1 : 0.18);
      const bool points = finite <= 40 || told_by_points(g);
      lines += fmt::format(", \\\n     {} using 1:2 with {} lc rgb '{}' lw 2{}", block(m, g),
                           points ? "linespoints" : "lines", series_colour(g),
                           points ? fmt::format(" pt {} ps 0.6{}", series_point(g, 7),
                                                finite > 40 ? fmt::format(" pi {}", finite / 12) : "")
                                  : "");
    }
    return fmt::format("set ylabel {}\nset format y '%.5g'\n{}plot {}NaN notitle{}\n",
                       gnuplot_quote(all_.metrics[m].name), range_script("y", range_of(m)), bands, lines);
  }

  bool by_time_;
  Comparison all_;
  std::vector<std::string> labels_;
  std::vector<std::vector<GroupCurve>> curves_;  ///< by metric and group
  std::string title_, band_;
};

}  // namespace

std::unique_ptr<Picture> curves_of(const ComparedFiles& files, const CompareChoice& choice) {
  return std::make_unique<Curves>(files, choice, curve_metrics(only_histories(files).runs, choice.settings), false);
}

std::unique_ptr<Picture> curves_by_time(const ComparedFiles& files, const CompareChoice& choice) {
  std::vector<std::string> metrics = curve_metrics(only_histories(files).runs, choice.settings);
  if (choice.settings.metrics.empty()) metrics = {metrics.back()};  // of loss and accuracy the latter
  return std::make_unique<Curves>(files, choice, metrics, true);
}

}  // namespace nn
