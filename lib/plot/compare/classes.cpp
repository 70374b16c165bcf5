// SPDX-License-Identifier: MIT
// Recall (the accuracy of a class), precision or F1 of each class by group, as bars from 0 with the interval of the
// mean.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/log.h"
#include "base/registry.h"
#include "base/text/columns.h"
#include "plot/compare/compared.h"
#include "plot/gnuplot.h"
#include "plot/legend.h"
#include "plot/palette.h"
#include "plot/panels.h"
#include "plot/short_names.h"
#include "results/cells.h"
#include "results/evaluation.h"

namespace nn {
namespace {

constexpr size_t most_bars = 120;  ///< of a drawing; the rest stays in tables

/// "test" and "recall" of "test.recall"; nothing asked: recall of the split that all runs have.
std::pair<std::string, std::string> asked_for(const ComparedFiles& files, const ComparisonSettings& settings) {
  if (settings.metrics.size() > 1) throw UsageError("--show classes draws one metric: recall, precision or f1");
  std::string split, name = settings.metrics.empty() ? "recall" : settings.metrics[0];
  if (const size_t dot = name.find('.'); dot != std::string::npos) split = name.substr(0, dot), name.erase(0, dot + 1);
  const std::vector<std::string> known{"recall", "precision", "f1"};
  if (std::ranges::find(known, name) == known.end())
    throw UsageError("--show classes, --metric: " + unknown_name("metric of a class", name, known));
  if (split.empty()) split = split_of_classes(files.runs, "--show classes");
  return {split, name};
}

class Classes : public Picture {
 public:
  Classes(const ComparedFiles& files, const CompareChoice& asked) {
    for (const ComparedRun& run : files.runs)
      if (run.kind == "model")
        throw Error(printable(run.file) + ": a model has no results by class, take metrics of nn-eval or predictions");
    const auto [split, name] = asked_for(files, asked.settings);
    check_classes(files.runs);
    CompareChoice choice = asked;
    choice.settings.metrics.clear();
    const size_t classes = class_count(files.runs[0], split);
    for (size_t c = 0; c < classes; ++c) {
      names_.push_back(name_or_number(files.runs[0].outputs, static_cast<int64_t>(c)));
      choice.settings.metrics.push_back((split.empty() ? "" : split + ".") + name + "[" + names_.back() + "]");
    }
    all_ = compared_groups(files, choice);
    if (all_.metrics.size() != classes) throw Error(printable(files.runs[0].file) + ": two classes have one name");
    labels_ = group_labels(all_.grouping, 48);
    axis_ = name == "recall" ? "recall, the accuracy of a class" : name;
    title_ = compare_title(choice, name + " of each class" + (split.empty() ? "" : " on " + split), all_, files.runs);
    interval_ = interval_words(choice.settings);
    choose_drawn();
    for (const std::string& one : names_) shown_.push_back(printable(one));
    shown_ = short_names(shown_, 24);
    for (const size_t c : drawn_) longest_ = std::max(longest_, columns_of(shown_[c]));
    const auto rows = static_cast<int>(drawn_.size()), groups = static_cast<int>(labels_.size());
    const int around = sides().below + sides().above + title_height + caption_height;
    width = 720, height = rows * (14 * groups + 8) + around + legend().height(width);
    least_width = sides().left + sides().right + 150;
    least_height = around + legend().height(least_width) + rows * (3 * groups + 4);
  }

  TextTable table() const override {
    TextTable table;
    table.columns = {"class"};
    for (const std::string& name : group_columns(all_.grouping)) table.columns.push_back(name);
    for (const char* name : {"n", "failed", "mean", "low", "high"}) table.columns.emplace_back(name);
    for (size_t c = 0; c < names_.size(); ++c)
      for (size_t g = 0; g < labels_.size(); ++g) {
        const GroupResult& result = all_.metrics[c].groups[g];
        std::vector<Json> row{Json(names_[c])};
        for (Json& cell : group_cells(all_.grouping, g)) row.push_back(std::move(cell));
        row.insert(row.end(), {Json(result.summary.n), Json(result.failed.size()), number_cell(result.summary.mean),
                               number_cell(result.interval.low), number_cell(result.interval.high)});
        table.rows.push_back(std::move(row));
      }
    return table;
  }

  std::string script(int wide, int high) const override {
    std::string out, plots, names;
    for (size_t g = 0; g < labels_.size(); ++g) {
      out += data_blocks(g);
      plots += fmt::format(", \\\n     $b{} using 1:2:3:4:5:6 with boxxyerror fs solid {} noborder lc rgb '{}'", g,
                           told_by_points(g) ? 0.35 : 0.75, series_colour(g));
      if (any_interval(g))
        plots += fmt::format(", \\\n     $i{} using 1:2:3:4 with xerrorbars pt 0 lw 1 lc rgb '#303030'", g);
    }
    const int axes = high - title_height - caption_height - legend().height(wide) - sides().below - sides().above;
    const double bar = 0.86 * axes / static_cast<double>(drawn_.size() * labels_.size());
    for (size_t i = 0; i < drawn_.size(); ++i)
      names += fmt::format("{}{} {}", i ? ", " : "", gnuplot_tic(shown_[drawn_[i]]), i);
    out += axes_script("x") + title_script(title_, wide, high) + caption_script(caption(), high, wide);
    out += legend().script(wide, high, caption_height);
    out += PanelGrid(1, sides()).margins(0, wide, high, title_height, legend().height(wide) + caption_height);
    if (bar >= 9) out += numbers(bar);
    return out + fmt::format(
                     "set xlabel '{}'\nset xrange [0:1]\nset xtics 0.2\nset format x '%.1f'\nset yrange "
                     "[{}:-0.5]\nset ytics scale 0 ({})\nplot NaN notitle{}\n",
                     axis_, static_cast<double>(drawn_.size()) - 0.5, names, plots);
  }

  std::string text(int columns) const override {
    size_t name = 5, group = 1;
    for (const std::string& one : shown_) name = std::max(name, columns_of(one));
    for (const std::string& one : labels_) group = std::max(group, columns_of(one));
    const size_t wide = static_cast<size_t>(std::max(20, columns - static_cast<int>(name + group) - 11));
    std::string out = printable(title_) + "\n";
    for (size_t c = 0; c < names_.size(); ++c)
      for (size_t g = 0; g < labels_.size(); ++g) {
        const double mean = all_.metrics[c].groups[g].summary.mean;
        const auto length =
            static_cast<size_t>(std::lround((std::isfinite(mean) ? mean : 0) * static_cast<double>(wide)));
        out += fmt::format("{} {} |{} {}\n", fit(g ? "" : shown_[c], name), fit(labels_[g], group),
                           fit(std::string(length, '='), wide), number_text(mean));
      }
    return out;
  }

  std::vector<std::string> remarks() const override {
    std::vector<std::string> out;
    if (drawn_.size() < names_.size())
      out.push_back(fmt::format("drawn are {} of {} classes, those of the least values; a table has all", drawn_.size(),
                                names_.size()));
    for (const std::string& note : all_.notes)
      if (note.find(" no number for ") == std::string::npos && std::ranges::find(out, note) == out.end())
        out.push_back(printable(note));
    for (size_t g = 0; g < labels_.size(); ++g)
      if (const auto& failed = all_.metrics[0].groups[g].failed; !failed.empty())
        out.push_back(fmt::format("{}: {} of {} no numbers and not in the bars: {}",
                                  printable(all_.grouping.clear_name(g)), failed.size(),
                                  runs_words(static_cast<int64_t>(all_.grouping.groups[g].runs.size())) +
                                      (failed.size() == 1 ? " has" : " have"),
                                  printable(joined(failed))));
    return out;
  }

 private:
  static size_t class_count(const ComparedRun& run, const std::string& split) {
    for (const Metrics& m : run.measured)
      if (m.split == split && !m.recall.empty()) return m.recall.size();
    throw Error(printable(run.file) + ": no results by class" + (split.empty() ? "" : " of " + printable(split)));
  }

  /// Of many classes those of which some group has the least, in their order.
  void choose_drawn() {
    drawn_.resize(names_.size());
    std::iota(drawn_.begin(), drawn_.end(), size_t{0});
    const size_t most = std::max<size_t>(1, most_bars / labels_.size());
    if (drawn_.size() <= most) return;
    const auto least = [&](size_t c) {
      double value = INFINITY;
      for (const GroupResult& group : all_.metrics[c].groups)
        if (std::isfinite(group.summary.mean)) value = std::min(value, group.summary.mean);
      return value;
    };
    std::ranges::stable_sort(drawn_, {}, least);
    drawn_.resize(most);
    std::ranges::sort(drawn_);
  }

  PanelSides sides() const { return {static_cast<int>(longest_) * 8 + 24, 64, 50, 10}; }
  std::string caption() const {
    for (size_t g = 0; g < labels_.size(); ++g)
      if (any_interval(g)) return "bars: means over the runs; lines: " + interval_;
    return "a run a group: no intervals";
  }
  bool any_interval(size_t g) const {
    return std::ranges::any_of(drawn_, [&](size_t c) { return std::isfinite(all_.metrics[c].groups[g].interval.low); });
  }
  Legend legend() const {
    std::vector<LegendEntry> entries;
    for (size_t g = 0; g < labels_.size(); ++g)
      entries.push_back(
          {fmt::format("{} ({})", labels_[g], runs_words(static_cast<int64_t>(all_.grouping.groups[g].runs.size()))),
           series_colour(g), 1, told_by_points(g) ? 4 : 5, false});
    return Legend(std::move(entries));
  }
  static std::string number_text(double value) { return std::isfinite(value) ? fmt::format("{:.4f}", value) : "nan"; }

  /// Of bar g in row i: its middle and half its thickness.
  std::pair<double, double> place(size_t i, size_t g) const {
    const double thick = 0.86 / static_cast<double>(labels_.size());
    return {static_cast<double>(i) - 0.43 + thick * (static_cast<double>(g) + 0.5), 0.45 * thick};
  }

  std::string data_blocks(size_t g) const {
    std::string bars = fmt::format("$b{} << EOD\n", g), intervals = fmt::format("$i{} << EOD\n", g);
    for (size_t i = 0; i < drawn_.size(); ++i) {
      const GroupResult& result = all_.metrics[drawn_[i]].groups[g];
      const auto [middle, half] = place(i, g);
      const double mean = std::isfinite(result.summary.mean) ? result.summary.mean : 0;
      bars +=
          fmt::format("{0} {1:.4f} 0 {0} {2:.4f} {3:.4f}\n", value_text(mean), middle, middle - half, middle + half);
      if (std::isfinite(result.interval.low))
        intervals +=
            fmt::format("{} {:.4f} {} {}\n", value_text(mean), middle, value_text(std::max(0.0, result.interval.low)),
                        value_text(std::min(1.0, result.interval.high)));
    }
    return bars + "EOD\n" + intervals + "EOD\n";
  }

  std::string numbers(double bar) const {
    std::string out;
    for (size_t i = 0; i < drawn_.size(); ++i)
      for (size_t g = 0; g < labels_.size(); ++g)
        out += fmt::format(
            "set label '{}' at graph 1.0,first {:.4f} offset 0.8,0 left font ',{}' textcolor rgb '#404040'\n",
            number_text(all_.metrics[drawn_[i]].groups[g].summary.mean), place(i, g).first, bar >= 12 ? 9 : 7);
    return out;
  }

  Comparison all_;  ///< a metric a class
  std::vector<std::string> names_, shown_, labels_;
  std::vector<size_t> drawn_;
  std::string title_, axis_, interval_;
  size_t longest_ = 1;
};

}  // namespace

std::unique_ptr<Picture> classes_of(const ComparedFiles& files, const CompareChoice& choice) {
  return std::make_unique<Classes>(files, choice);
}

}  // namespace nn
