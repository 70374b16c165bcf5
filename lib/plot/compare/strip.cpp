// SPDX-License-Identifier: MIT
// Each run a point in the row of its group, with the mean and its interval below them: one panel for each metric.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/log.h"
#include "base/text/columns.h"
#include "plot/compare/compared.h"
#include "plot/gnuplot.h"
#include "plot/palette.h"
#include "plot/panels.h"
#include "results/cells.h"

namespace nn {
namespace {

struct StripPoint {
  std::string file, seed;
  double value;
};

class Strip : public Picture {
 public:
  Strip(const ComparedFiles& files, const CompareChoice& choice)
      : all_(compared_groups(files, choice)), labels_(group_labels(all_.grouping, 36)) {
    for (const MetricComparison& metric : all_.metrics) {
      auto& of_metric = points_.emplace_back();
      for (const Group& group : all_.grouping.groups) {
        of_metric.emplace_back();
        for (const size_t i : group.runs)
          of_metric.back().push_back(
              {files.runs[i].file, key_value(files.runs[i], "seed"), *value_of(files.runs[i], metric.name)});
      }
    }
    title_ = compare_title(choice, metric_names(all_), all_, files.runs);
    interval_ = interval_words(choice.settings);
    for (const std::string& label : labels_) longest_ = std::max(longest_, columns_of(label));
    const auto rows = static_cast<int>(labels_.size());
    const PanelGrid panels = grid();
    const PanelSides& sides = panels.sides();
    width = panels.across() * std::max(560, sides.left + sides.right + 400);
    const int around = sides.below + sides.above;
    height = title_height + caption_height + panels.down() * (around + std::max(90, (any_interval() ? 46 : 26) * rows));
    least_width = panels.across() * (sides.left + sides.right + 150);
    least_height = title_height + caption_height + panels.down() * (around + 24 * rows);
  }

  TextTable table() const override {
    TextTable table;
    table.columns = {"metric"};
    for (const std::string& name : group_columns(all_.grouping)) table.columns.push_back(name);
    for (const char* name : {"file", "seed", "value", "n", "failed", "mean", "low", "high"})
      table.columns.emplace_back(name);
    for (size_t m = 0; m < points_.size(); ++m)
      for (size_t g = 0; g < points_[m].size(); ++g) {
        const GroupResult& result = all_.metrics[m].groups[g];
        for (const StripPoint& point : points_[m][g]) {
          std::vector<Json> row{Json(all_.metrics[m].name)};
          for (Json& cell : group_cells(all_.grouping, g)) row.push_back(std::move(cell));
          row.insert(row.end(), {Json(point.file), setting_json(point.seed), number_cell(point.value),
                                 Json(result.summary.n), Json(result.failed.size()), number_cell(result.summary.mean),
                                 number_cell(result.interval.low), number_cell(result.interval.high)});
          table.rows.push_back(std::move(row));
        }
      }
    return table;
  }

  std::string script(int wide, int high) const override {
    std::string out;
    for (size_t m = 0; m < points_.size(); ++m)
      for (size_t g = 0; g < labels_.size(); ++g) out += data_blocks(m, g);
    out += axes_script("x") + title_script(title_, wide, high) + caption_script(caption(), high, wide);
    const bool many = points_.size() > 1;
    if (many) out += "set multiplot\n";
    for (size_t m = 0; m < points_.size(); ++m) {
      out += grid().margins(m, wide, high, title_height, caption_height) + panel_script(m, grid().room(wide));
      if (many) out += "unset label\n";  // those of the whole, and the counts of this panel
    }
    if (many) out += "unset multiplot\n";
    return out;
  }

  /// Two lines a group: its runs, with the number of those in one place, and the mean in its interval.
  std::string text(int columns) const override {
    std::string out = printable(title_) + "\n";
    size_t name = 1, counts = 1;
    for (size_t g = 0; g < labels_.size(); ++g) name = std::max(name, columns_of(labels_[g]));
    for (size_t m = 0; m < points_.size(); ++m)
      for (size_t g = 0; g < labels_.size(); ++g) counts = std::max(counts, count_words(m, g).size());
    const size_t wide = static_cast<size_t>(std::max(20, columns - static_cast<int>(name + counts) - 6));
    for (size_t m = 0; m < points_.size(); ++m) {
      const AxisRange range = range_of(m);
      const auto cell = [&](double v) {
        return static_cast<size_t>(std::lround(std::clamp((v - range.low) / (range.high - range.low), 0.0, 1.0) *
                                               static_cast<double>(wide - 1)));
      };
      out += "\n" + std::string(name + 2, ' ') + printable(metric_words(all_.metrics[m].name)) + "\n";
      for (size_t g = 0; g < labels_.size(); ++g) {
        const GroupResult& result = all_.metrics[m].groups[g];
        std::vector<int> runs(wide);
        for (const StripPoint& point : points_[m][g])
          if (std::isfinite(point.value)) ++runs[cell(point.value)];
        std::string above, below(wide, ' ');
        for (const int n : runs) above += n == 0 ? ' ' : n == 1 ? 'o' : n < 10 ? static_cast<char>('0' + n) : '#';
        if (std::isfinite(result.interval.low)) {
          for (size_t i = cell(result.interval.low); i <= cell(result.interval.high); ++i) below[i] = '-';
          below[cell(result.interval.low)] = '[', below[cell(result.interval.high)] = ']';
          below[cell(result.summary.mean)] = '|';
        }
        out += fit(labels_[g], name) + " |" + above + " " + count_words(m, g) + "\n";
        out += trimmed(std::string(name, ' ') + " |" + below);
      }
      out += std::string(name + 1, ' ') + "+" + std::string(wide, '-') + "\n";
      const std::string low = fmt::format("{:.4g}", range.low), high = fmt::format("{:.4g}", range.high);
      out += std::string(name + 2, ' ') + fmt::format("{}{:>{}}\n", low, high, wide - low.size());
    }
    return out + "\n" + caption() + "\n";
  }

  std::vector<std::string> remarks() const override {
    std::vector<std::string> out = lone_runs(all_.grouping, "interval");
    for (const std::string& note : all_.notes) out.push_back(printable(note));
    return out;
  }

 private:
  static std::string trimmed(const std::string& line) { return line.substr(0, line.find_last_not_of(' ') + 1) + "\n"; }
  bool any_interval() const {
    return std::ranges::any_of(all_.metrics, [](const MetricComparison& metric) {
      return std::ranges::any_of(metric.groups, [](const auto& group) { return std::isfinite(group.interval.low); });
    });
  }
  std::string caption() const {
    return any_interval() ? "points: runs; bar: mean with " + interval_
                          : "points: runs; of one run there is no interval";
  }
  PanelGrid grid() const {
    return PanelGrid(points_.size(), {static_cast<int>(longest_) * 8 + 24, any_failed() ? 120 : 66, 50, 10});
  }
  bool any_failed() const {
    return std::ranges::any_of(all_.metrics, [](const MetricComparison& metric) {
      return std::ranges::any_of(metric.groups, [](const GroupResult& group) { return !group.failed.empty(); });
    });
  }
  std::string count_words(size_t m, size_t g) const {
    const GroupResult& result = all_.metrics[m].groups[g];
    return fmt::format("n = {}{}", result.summary.n,
                       result.failed.empty() ? "" : fmt::format(", {} NaN", result.failed.size()));
  }

  static std::string block(char kind, size_t m, size_t g) { return fmt::format("${}{}_{}", kind, m, g); }
  /// The runs, spread a little where they lie beside each other, and the mean with its interval.
  std::string data_blocks(size_t m, size_t g) const {
    std::vector<double> values;
    for (const StripPoint& point : points_[m][g])
      if (std::isfinite(point.value)) values.push_back(point.value);
    std::ranges::sort(values);
    std::string out = block('r', m, g) + " << EOD\n";
    for (size_t i = 0; i < values.size(); ++i) {
      const double beside = values.size() < 3 ? 0 : 0.09 * (static_cast<double>(i * 2 % 5) / 2 - 1);
      out += fmt::format("{} {:.3f}\n", value_text(values[i]),
                         static_cast<double>(g) - (any_interval() ? 0.14 : 0) + beside);
    }
    const GroupResult& result = all_.metrics[m].groups[g];
    out += "EOD\n" + block('m', m, g) + " << EOD\n";
    if (std::isfinite(result.interval.low))
      out += fmt::format("{} {:.3f} {} {}\n", value_text(result.summary.mean), static_cast<double>(g) + 0.2,
                         value_text(result.interval.low), value_text(result.interval.high));
    return out + "EOD\n";
  }

  AxisRange range_of(size_t m) const {
    double low = INFINITY, high = -INFINITY;
    const MetricComparison& metric = all_.metrics[m];
    for (const auto& group : points_[m])
      for (const StripPoint& point : group)
        if (std::isfinite(point.value)) low = std::min(low, point.value), high = std::max(high, point.value);
    const bool positive = low >= 0, share = !metric.smaller_is_better && positive && high <= 1;
    for (const GroupResult& group : metric.groups)
      if (std::isfinite(group.interval.low))
        low = std::min(low, group.interval.low), high = std::max(high, group.interval.high);
    return axis_range(positive ? std::max(low, 0.0) : low, share ? std::min(high, 1.0) : high, share);
  }

  std::string panel_script(size_t m, int room) const {
    std::string names, counts, plots;
    for (size_t g = 0; g < labels_.size(); ++g) {
      names += fmt::format("{}{} {}", g ? ", " : "", gnuplot_tic(labels_[g]), g);
      counts += fmt::format("set label {} at graph 1.0,first {} offset 0.8,0 left font ',9' textcolor rgb '#404040'\n",
                            gnuplot_quote(count_words(m, g)), g);
      const GroupResult& result = all_.metrics[m].groups[g];
      if (result.summary.n > 0)
        plots += fmt::format(", \\\n     {} using 1:2 with points pt 7 ps 0.75 lc rgb '{}'", block('r', m, g),
                             series_colour(g));
      if (std::isfinite(result.interval.low))
        plots += fmt::format(", \\\n     {} using 1:2:3:4 with xerrorbars pt 13 ps 1.2 lw 2 lc rgb '{}'",
                             block('m', m, g), series_colour(g));
    }
    const AxisRange range = range_of(m);
    return fmt::format("set xlabel {}\nset format x '%.5g'\n", gnuplot_quote(metric_words(all_.metrics[m].name))) +
           range_script("x", range) + number_tics("x", range, room / 70) +
           fmt::format("set yrange [{}:-0.5]\nset ytics scale 0 ({})\n{}plot NaN notitle{}\n",
                       static_cast<double>(labels_.size()) - 0.5, names, counts, plots);
  }

  Comparison all_;
  std::vector<std::string> labels_;
  std::vector<std::vector<std::vector<StripPoint>>> points_;  ///< by metric and group
  std::string title_, interval_;
  size_t longest_ = 1;
};

}  // namespace

std::unique_ptr<Picture> strip_of(const ComparedFiles& files, const CompareChoice& choice) {
  return std::make_unique<Strip>(files, choice);
}

}  // namespace nn
