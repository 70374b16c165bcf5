// SPDX-License-Identifier: MIT
// Curves of /history by epoch, or of /steps by step: one panel for each quantity (loss, accuracy), training and
// validation in it, several files in one.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/log.h"
#include "model/model_file.h"
#include "plot/gnuplot.h"
#include "plot/legend.h"
#include "plot/palette.h"
#include "plot/panels.h"
#include "plot/plot.h"
#include "plot/text_chart.h"
#include "results/cells.h"
#include "results/history.h"

namespace nn {
namespace {

struct HistoryOptions : PlotOptions {
  std::string columns;             ///< "loss,val_loss"; empty: loss and accuracy
  std::string abscissa = "epoch";  ///< epoch, or step for the finer rows of /steps
  void declare(OptionSet& set) {
    set.add("columns", columns, "NAMES",
            "columns of the history, separated by commas (default loss and accuracy, with val_)")
        .short_form('y')
        .brief_help();
    set.add("by", abscissa, "epoch|step", "x axis of a history: epoch, or step for the finer rows of /steps")
        .short_form('x')
        .one_of({"epoch", "step"});
  }
};

struct Run {
  std::string name;
  h5::Columns columns;
};

struct Line {
  size_t run;
  size_t block;  ///< number of its data in the script: names of columns come from files
  std::string column;
  std::string legend;
  bool validation;
};

struct Panel {
  std::string quantity;
  std::vector<Line> lines;
};

const std::vector<double>* column(const Run& run, const std::string& name) {
  for (const auto& [known, values] : run.columns)
    if (known == name) return &values;
  return nullptr;
}

std::string quantity_of(const std::string& column) { return column.starts_with("val_") ? column.substr(4) : column; }

std::string axis_label(const std::string& quantity) {
  if (quantity == "learning_rate") return "learning rate";
  if (quantity == "seconds") return "seconds per epoch";
  if (quantity == "gradient_norm") return "norm of the gradient";
  if (quantity == "update_ratio") return "update / weights";
  return quantity;
}

class HistoryPicture : public Picture {
 public:
  /// x: the column along which the others are drawn.
  HistoryPicture(std::vector<Run> runs, const HistoryOptions& options)
      : runs_(std::move(runs)), x_(options.abscissa), title_(options.title) {
    choose(options.columns);
    if (title_.empty() && runs_.size() == 1) title_ = runs_[0].name;
    for (const std::string& name : chosen_) {
      auto panel = std::ranges::find(panels_, quantity_of(name), &Panel::quantity);
      if (panel == panels_.end()) panel = panels_.insert(panels_.end(), {quantity_of(name), {}});
      for (size_t r = 0; r < runs_.size(); ++r)
        if (column(runs_[r], name)) panel->lines.push_back({r, blocks_++, name, "", name.starts_with("val_")});
    }
    for (Panel& panel : panels_) {
      std::ranges::stable_sort(panel.lines, {}, &Line::run);
      name_lines(panel);
    }
    const PanelGrid panels = grid();
    const PanelSides& sides = panels.sides();
    const int beside = legend().height(width = panels.across() == 1 ? 760 : 1120);
    height = (panels.down() == 1 ? 420 : 360 * panels.down()) + beside;
    least_width = panels.across() * (sides.left + sides.right + 150);
    least_height = top() + legend().height(least_width) + panels.down() * (sides.below + sides.above + 90);
  }

  TextTable table() const override {
    TextTable table;
    const bool several = runs_.size() > 1;
    if (several) table.columns.push_back("file");
    table.columns.push_back(x_);
    table.columns.insert(table.columns.end(), chosen_.begin(), chosen_.end());
    for (const Run& run : runs_) {
      const std::vector<double>& places = *x_of(run);
      for (size_t i = 0; i < places.size(); ++i) {
        std::vector<Json> row;
        if (several) row.emplace_back(run.name);
        row.push_back(number_cell(places[i]));
        for (const std::string& name : chosen_)
          row.push_back(column(run, name) ? Json((*column(run, name))[i]) : Json());
        table.rows.push_back(std::move(row));
      }
    }
    return table;
  }

  std::string script(int wide, int high) const override {
    std::string out;
    for (size_t r = 0; r < runs_.size(); ++r)
      for (const Panel& panel : panels_)
        for (const Line& line : panel.lines)
          if (line.run == r) out += data_block(line);
    out += "set datafile missing 'NaN'\n" + axes_script("y");
    out += fmt::format("set xlabel {}\n", gnuplot_quote(x_)) + x_tics(grid().room(wide));
    out += title_script(title_, wide, high);
    out += legend().script(wide, high);
    const bool many = panels_.size() > 1;
    if (many) out += "set multiplot\n";
    for (size_t i = 0; i < panels_.size(); ++i) {
      out += grid().margins(i, wide, high, top(), legend().height(wide)) + panel_script(panels_[i]);
      if (many && i == 0) out += "unset label\nunset arrow\n";  // they belong to the whole
    }
    if (many) out += "unset multiplot\n";
    return out;
  }

  std::string text(int columns) const override {
    std::string out;
    for (const Panel& panel : panels_) {
      std::vector<Curve> curves;
      for (const Line& line : panel.lines)
        curves.push_back({printable(line.legend), *x_of(runs_[line.run]), *column(runs_[line.run], line.column)});
      out += (out.empty() ? "" : "\n") +
             text_chart(printable(axis_label(panel.quantity) + (title_.empty() ? "" : "  " + title_)), x_, curves,
                        columns, 16);
    }
    return out;
  }

  /// Values that cannot be drawn.
  std::vector<std::string> remarks() const override {
    std::vector<std::string> out;
    for (const Panel& panel : panels_)
      for (const Line& line : panel.lines) {
        const auto lacking = std::ssize(*column(runs_[line.run], line.column)) - finite(line);
        if (lacking > 0)
          out.push_back(fmt::format("{}: {} of {} values of {} are not finite numbers and are not drawn",
                                    printable(runs_[line.run].name), lacking, lacking + finite(line),
                                    printable(line.column)));
      }
    return out;
  }

 private:
  PanelGrid grid() const { return PanelGrid(panels_.size(), {98, 20, 48, 14}); }
  int top() const { return title_.empty() ? 0 : title_height; }

  const std::vector<double>* x_of(const Run& run) const { return column(run, x_); }

  void choose(const std::string& wanted) {
    std::vector<std::string> known;
    for (const Run& run : runs_)
      for (const auto& [name, values] : run.columns)
        if (name != x_ && name != "epoch" && std::ranges::find(known, name) == known.end()) known.push_back(name);
    for (size_t at = 0; !wanted.empty() && at <= wanted.size();) {
      const size_t end = std::min(wanted.find(',', at), wanted.size());
      chosen_.push_back(wanted.substr(at, end - at));
      if (std::ranges::find(known, chosen_.back()) == known.end())
        throw UsageError("-y: " + unknown_name("column of the history", chosen_.back(), known));
      at = end + 1;
    }
    if (wanted.empty())
      for (const char* name : {"loss", "val_loss", "accuracy", "val_accuracy"})
        if (std::ranges::find(known, name) != known.end() && (measured(name) || diverged(name)))
          chosen_.emplace_back(name);
    if (chosen_.empty()) throw Error(runs_[0].name + ": the history has no column loss or accuracy; choose with -y");
  }

  bool measured(const std::string& name) const {
    return std::ranges::any_of(runs_, [&](const Run& run) {
      const auto* values = column(run, name);
      return values && std::ranges::any_of(*values, [](double v) { return std::isfinite(v); });
    });
  }

  /// A loss of which no value is a number; that of the training says whether one of the validation was measured at all.
  bool diverged(const std::string& name) const { return name == "loss" || (name == "val_loss" && !measured("loss")); }

  /// Of loss and accuracy there are two kinds, of other quantities only where both were measured.
  static bool two_kinds(const Panel& panel) {
    return panel.quantity == "loss" || panel.quantity == "accuracy" ||
           (std::ranges::any_of(panel.lines, &Line::validation) &&
            !std::ranges::all_of(panel.lines, &Line::validation));
  }

  void name_lines(Panel& panel) const {
    const bool both =
        std::ranges::any_of(panel.lines, &Line::validation) && !std::ranges::all_of(panel.lines, &Line::validation);
    for (Line& line : panel.lines) {
      const std::string kind = !two_kinds(panel) ? axis_label(panel.quantity)
                               : line.validation ? "validation"
                                                 : "training";
      line.legend = runs_.size() == 1 ? kind
                    : both            ? runs_[line.run].name + ", " + kind
                                      : runs_[line.run].name + (line.validation ? ", validation" : "");
    }
  }

  /// Whether any panel has a line of that kind, of a quantity that has both.
  bool any_line(bool validation) const {
    return std::ranges::any_of(panels_, [&](const Panel& panel) {
      return two_kinds(panel) &&
             std::ranges::any_of(panel.lines, [&](const Line& line) { return line.validation == validation; });
    });
  }

  /// A line by its run where there are several, else by its kind. When the colours are used up, points tell the runs
  /// too.
  LegendEntry style_of(size_t run, bool validation, bool dashed) const {
    const size_t i = runs_.size() == 1 ? (validation ? 1 : 0) : run;
    return {"", series_colour(i), dashed ? 2 : 1, series_point(i, validation ? 5 : 7)};
  }
  /// Dashes tell training from validation where the colours tell the runs.
  bool dashed(const Panel& panel, const Line& line) const {
    return runs_.size() > 1 && !line.validation && two_kinds(panel) && any_line(true);
  }

  /// One for all panels.
  Legend legend() const {
    std::vector<LegendEntry> entries;
    const auto add = [&](LegendEntry entry, const std::string& text) {
      entry.text = text;
      entries.push_back(std::move(entry));
    };
    const bool several = runs_.size() > 1;
    for (size_t r = 0; several && r < runs_.size(); ++r) {
      add(style_of(r, false, false), runs_[r].name);
      if (any_line(true) && !told_by_points(r)) entries.back().point = 0;
    }
    for (const bool validation : {false, true}) {
      if (!any_line(validation) || (several && !any_line(true))) continue;
      add(style_of(0, validation, several && !validation), validation ? "validation" : "training");
      if (several) entries.back().colour = "#404040", entries.back().point = 0;
    }
    return Legend(std::move(entries));
  }

  static std::string block_name(const Line& line) { return fmt::format("$d{}", line.block); }

  std::string data_block(const Line& line) const {
    const auto& places = *x_of(runs_[line.run]);
    const auto& values = *column(runs_[line.run], line.column);
    std::string out = block_name(line) + " << EOD\n";
    for (size_t i = 0; i < places.size(); ++i)
      out += fmt::format("{} {}\n", value_text(places[i]), std::isfinite(values[i]) ? value_text(values[i]) : "NaN");
    return out + "EOD\n";
  }

  ptrdiff_t finite(const Line& line) const {
    return std::ranges::count_if(*column(runs_[line.run], line.column), [](double v) { return std::isfinite(v); });
  }
  /// Points of few epochs, and of a single one, which has no line.
  bool has_points(const Line& line) const { return finite(line) <= 40; }

  /// room: pixels of the axis.
  std::string x_tics(int room) const {
    double first = 1, last = 1;
    for (const Run& run : runs_)
      for (double place : *x_of(run)) first = std::min(first, place), last = std::max(last, place);
    return whole_tics(first, last, room);
  }

  std::string y_range(const Panel& panel) const {
    double low = INFINITY, high = -INFINITY;
    for (const Line& line : panel.lines)
      for (const double v : *column(runs_[line.run], line.column))
        if (std::isfinite(v)) low = std::min(low, v), high = std::max(high, v);
    return range_script("y", axis_range(low, high, panel.quantity == "accuracy" && low >= 0 && high <= 1));
  }

  std::string panel_script(const Panel& panel) const {
    std::string out = fmt::format("set ylabel {}\nset format y '%.5g'\n{}plot ",
                                  gnuplot_quote(axis_label(panel.quantity)), y_range(panel));
    std::vector<Line> lines = panel.lines;  // short ones over long ones, which would hide them
    std::ranges::stable_sort(lines, std::greater<>(), [&](const Line& line) { return finite(line); });
    for (size_t i = 0; i < lines.size(); ++i) {
      const Line& line = lines[i];
      const LegendEntry style = style_of(line.run, line.validation, dashed(panel, line));
      const bool points = has_points(line) || told_by_points(line.run);
      const ptrdiff_t interval = has_points(line) ? 1 : finite(line) / 12;  // a long line has a few
      out += fmt::format(
          "{}{} using 1:2 with {} lc rgb '{}' dt {} lw 2{}", i ? ", \\\n     " : "", block_name(line),
          points ? "linespoints" : "lines", style.colour, style.dash,
          points ? fmt::format(" pt {} ps 0.7{}", style.point, interval > 1 ? fmt::format(" pi {}", interval) : "")
                 : "");
    }
    return out + "\n";
  }

  std::vector<Run> runs_;
  std::string x_;
  std::string title_;
  std::vector<std::string> chosen_;
  std::vector<Panel> panels_;
  size_t blocks_ = 0;
};

std::unique_ptr<Picture> make(std::span<const h5::Reader> inputs, const HistoryOptions& options) {
  std::vector<Run> runs;
  for (const h5::Reader& file : inputs) {
    expect_kind(file, "model");
    const bool by_step = options.abscissa == "step";
    runs.push_back({file.name(), read_history(file, by_step ? "/steps" : "/history")});
    if (const auto* places = column(runs.back(), options.abscissa); places && !places->empty()) continue;
    throw Error(file.name() +
                (by_step ? ": no steps: the model was trained without --history-every N, or in fewer than N batches"
                         : ": no history: the model was not trained (epochs 0)"));
  }
  return std::make_unique<HistoryPicture>(std::move(runs), options);
}
}  // namespace

extern const PictureType history_picture;
const PictureType history_picture{"history",  "curves of training: loss and accuracy by epoch or step",
                                  "MODEL...", 1,
                                  64,         maker_with<HistoryOptions, make>};

}  // namespace nn
