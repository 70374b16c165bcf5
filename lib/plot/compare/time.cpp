// SPDX-License-Identifier: MIT
// What a training achieves against the time that it took: curves where there is a history, else a point for each run.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/log.h"
#include "plot/compare/compared.h"
#include "plot/gnuplot.h"
#include "plot/legend.h"
#include "plot/palette.h"
#include "plot/panels.h"
#include "plot/text_chart.h"
#include "results/cells.h"

namespace nn {
namespace {

struct TimedPoint {
  std::string file, seed;
  double seconds, value;
};

class TimePoints : public Picture {
 public:
  TimePoints(const ComparedFiles& files, const CompareChoice& choice)
      : all_(compared_groups(files, choice)), labels_(group_labels(all_.grouping, 48)) {
    for (const MetricComparison& metric : all_.metrics) {
      auto& of_metric = points_.emplace_back();
      for (const Group& group : all_.grouping.groups) {
        of_metric.emplace_back();
        for (const size_t i : group.runs)
          of_metric.back().push_back({files.runs[i].file, key_value(files.runs[i], "seed"),
                                      *files.runs[i].metric("seconds"), *value_of(files.runs[i], metric.name)});
      }
    }
    title_ = compare_title(choice, metric_names(all_), all_, files.runs);
    const PanelGrid panels = grid();
    const PanelSides& sides = panels.sides();
    width = panels.across() == 1 ? 760 : 1120;
    height = (panels.down() == 1 ? 400 : 340 * panels.down()) + below(width) + title_height;
    least_width = panels.across() * (sides.left + sides.right + 150);
    least_height = title_height + below(least_width) + panels.down() * (sides.below + sides.above + 90);
  }

  TextTable table() const override {
    TextTable table;
    table.columns = {"metric"};
    for (const std::string& name : group_columns(all_.grouping)) table.columns.push_back(name);
    for (const char* name : {"file", "seed", "seconds", "value"}) table.columns.emplace_back(name);
    for (size_t m = 0; m < points_.size(); ++m)
      for (size_t g = 0; g < labels_.size(); ++g)
        for (const TimedPoint& point : points_[m][g]) {
          std::vector<Json> row{Json(all_.metrics[m].name)};
          for (Json& cell : group_cells(all_.grouping, g)) row.push_back(std::move(cell));
          row.insert(row.end(), {Json(point.file), setting_json(point.seed), number_cell(point.seconds),
                                 number_cell(point.value)});
          table.rows.push_back(std::move(row));
        }
    return table;
  }

  std::string script(int wide, int high) const override {
    std::string out;
    for (size_t m = 0; m < points_.size(); ++m)
      for (size_t g = 0; g < labels_.size(); ++g) {
        out += block(m, g) + " << EOD\n";
        for (const TimedPoint& point : points_[m][g])
          if (std::isfinite(point.value)) out += value_text(point.seconds) + " " + value_text(point.value) + "\n";
        out += "EOD\n";
      }
    out += axes_script("xy") + title_script(title_, wide, high) + caption_script("a point a run", high, wide);
    out += legend().script(wide, high, caption_height);
    const bool many = points_.size() > 1;
    if (many) out += "set multiplot\n";
    for (size_t m = 0; m < points_.size(); ++m) {
      out += grid().margins(m, wide, high, title_height, below(wide)) + panel_script(m, grid().room(wide));
      if (many && m == 0) out += "unset label\nunset arrow\n";
    }
    if (many) out += "unset multiplot\n";
    return out;
  }

  std::string text(int columns) const override {
    std::string out;
    for (size_t m = 0; m < points_.size(); ++m) {
      std::vector<Curve> dots;
      for (size_t g = 0; g < labels_.size(); ++g) {
        Curve one{legend_text(g), {}, {}};
        for (const TimedPoint& point : points_[m][g])  // what is no number keeps the points from being joined
          for (const double value : {point.value, double{NAN}}) one.x.push_back(point.seconds), one.y.push_back(value);
        dots.push_back(std::move(one));
      }
      out += (out.empty() ? "" : "\n") + text_chart(printable(all_.metrics[m].name + ", a mark a run"),
                                                    "training time in seconds", dots, columns, 16);
    }
    return out;
  }

  std::vector<std::string> remarks() const override {
    std::vector<std::string> out;
    for (const std::string& note : all_.notes) out.push_back(printable(note));
    return out;
  }

 private:
  PanelGrid grid() const { return PanelGrid(points_.size(), {98, 20, 48, 14}); }
  int below(int wide) const { return legend().height(wide) + caption_height; }
  static std::string block(size_t m, size_t g) { return fmt::format("$p{}_{}", m, g); }

  std::string legend_text(size_t g) const {
    size_t failed = 0;
    for (const MetricComparison& metric : all_.metrics) failed = std::max(failed, metric.groups[g].failed.size());
    return fmt::format("{} ({}{})", labels_[g], runs_words(static_cast<int64_t>(all_.grouping.groups[g].runs.size())),
                       failed ? fmt::format(", {} NaN", failed) : "");
  }
  Legend legend() const {
    std::vector<LegendEntry> entries;
    for (size_t g = 0; g < labels_.size(); ++g)
      entries.push_back({legend_text(g), series_colour(g), 1, series_point(g, 7), false});
    return Legend(std::move(entries));
  }

  std::string panel_script(size_t m, int room) const {
    double low = INFINITY, high = -INFINITY, longest = 0;
    std::string plots;
    for (size_t g = 0; g < labels_.size(); ++g) {
      for (const TimedPoint& point : points_[m][g]) {
        longest = std::max(longest, point.seconds);
        if (std::isfinite(point.value)) low = std::min(low, point.value), high = std::max(high, point.value);
      }
      if (all_.metrics[m].groups[g].summary.n > 0)
        plots += fmt::format(", \\\n     {} using 1:2 with points pt {} ps 0.9 lc rgb '{}'", block(m, g),
                             series_point(g, 7), series_colour(g));
    }
    const AxisRange x{0, longest > 0 ? 1.04 * longest : 1};
    const bool share = !all_.metrics[m].smaller_is_better && low >= 0 && high <= 1;
    return fmt::format(
               "set xlabel 'training time in seconds'\nset ylabel {}\nset format x '%.4g'\nset format y '%.5g'\n",
               gnuplot_quote(all_.metrics[m].name)) +
           range_script("x", x) + number_tics("x", x, room / 60) + range_script("y", axis_range(low, high, share)) +
           "plot NaN notitle" + plots + "\n";
  }

  Comparison all_;
  std::vector<std::string> labels_;
  std::vector<std::vector<std::vector<TimedPoint>>> points_;  ///< by metric and group
  std::string title_;
};

}  // namespace

std::unique_ptr<Picture> time_of(const ComparedFiles& files, const CompareChoice& choice) {
  for (const ComparedRun& run : files.runs)
    if (!run.metric("seconds"))
      throw Error(printable(run.file) +
                  ": it does not say how long its training took; the model was converted, or made by " +
                  "an earlier version");
  const bool models = std::ranges::all_of(files.histories, [](const h5::Columns& columns) { return !columns.empty(); });
  const auto of_history = [](const std::string& name) {
    const std::string split = split_of(name);
    return split == "val" || split == "train" || split.empty();
  };
  if (models && std::ranges::all_of(choice.settings.metrics, of_history)) return curves_by_time(files, choice);
  return std::make_unique<TimePoints>(files, choice);
}

}  // namespace nn
