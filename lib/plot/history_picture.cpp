// SPDX-License-Identifier: MIT
// Curves of /history by epoch, or of /steps by step: one panel for each quantity (loss, accuracy), training and validation
// in it, several files in one.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/log.h"
#include "model/model_file.h"
#include "plot/gnuplot.h"
#include "plot/plot.h"
#include "plot/result_table.h"
#include "plot/text_chart.h"

namespace nn {
namespace {

struct Run {
  std::string name;
  h5::Columns columns;
};

struct Line {
  size_t run;
  size_t block;          ///< number of its data in the script: names of columns come from files
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
  HistoryPicture(std::vector<Run> runs, const PlotOptions& options) : runs_(std::move(runs)), x_(options.abscissa), title_(options.title) {
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
    const int across = static_cast<int>(std::min<size_t>(panels_.size(), 2)), down = static_cast<int>((panels_.size() + 1) / 2);
    width = across == 1 ? 760 : 1120;
    height = down == 1 ? 440 : 380 * down;
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
        for (const std::string& name : chosen_) row.push_back(column(run, name) ? Json((*column(run, name))[i]) : Json());
        table.rows.push_back(std::move(row));
      }
    }
    return table;
  }

  std::string script() const override {
    std::string out;
    for (size_t r = 0; r < runs_.size(); ++r)
      for (const Panel& panel : panels_)
        for (const Line& line : panel.lines)
          if (line.run == r) out += data_block(line);
    out += "set datafile missing 'NaN'\nset border 3 lc rgb '#606060' lw 1\nset tics nomirror scale 0.5 textcolor rgb '#404040'\n"
           "set grid ytics lc rgb '#e4e4e4' lt 1 lw 1\nset key top right Right samplen 2.2 spacing 1.2 opaque\n"
           "set offsets graph 0.01, graph 0.02, graph 0.06, graph 0.03\n";
    out += fmt::format("set xlabel {}\n", gnuplot_quote(x_)) + x_tics();
    if (runs_.size() > 1) out += "set key samplen 4\n";  // dashes tell training from validation
    const bool many = panels_.size() > 1;
    const size_t across = std::min<size_t>(panels_.size(), 2), down = (panels_.size() + 1) / 2;
    if (many) out += fmt::format("set multiplot layout {},{} title {} font ',12' margins screen 0.08,0.98,{},{} spacing screen 0.085,{}\n", down, across,
                                 gnuplot_quote(title_.empty() ? " " : title_), down == 1 ? 0.13 : 0.09, title_.empty() ? 0.96 : down == 1 ? 0.86 : 0.91, 0.12);
    for (const Panel& panel : panels_) out += panel_script(panel, many);
    if (many) out += "unset multiplot\n";
    return out;
  }

  std::string text(int columns) const override {
    std::string out;
    for (const Panel& panel : panels_) {
      std::vector<Curve> curves;
      for (const Line& line : panel.lines)
        curves.push_back({printable(line.legend), *x_of(runs_[line.run]), *column(runs_[line.run], line.column)});
      out += (out.empty() ? "" : "\n") + text_chart(printable(axis_label(panel.quantity) + (title_.empty() ? "" : "  " + title_)), x_, curves, columns, 16);
    }
    return out;
  }

 private:
  const std::vector<double>* x_of(const Run& run) const { return column(run, x_); }

  void choose(const std::string& wanted) {
    std::vector<std::string> known;
    for (const Run& run : runs_)
      for (const auto& [name, values] : run.columns)
        if (name != x_ && name != "epoch" && std::ranges::find(known, name) == known.end()) known.push_back(name);
    for (size_t at = 0; !wanted.empty() && at <= wanted.size();) {
      const size_t end = std::min(wanted.find(',', at), wanted.size());
      chosen_.push_back(wanted.substr(at, end - at));
      if (std::ranges::find(known, chosen_.back()) == known.end()) throw UsageError("-y: " + unknown_name("column of the history", chosen_.back(), known));
      at = end + 1;
    }
    if (wanted.empty())
      for (const char* name : {"loss", "val_loss", "accuracy", "val_accuracy"})
        if (std::ranges::find(known, name) != known.end() && measured(name)) chosen_.emplace_back(name);
    if (chosen_.empty()) throw Error(runs_[0].name + ": the history has no column loss or accuracy; choose with -y");
  }

  bool measured(const std::string& name) const {
    return std::ranges::any_of(runs_, [&](const Run& run) {
      const auto* values = column(run, name);
      return values && std::ranges::any_of(*values, [](double v) { return std::isfinite(v); });
    });
  }

  void name_lines(Panel& panel) const {
    const bool both = std::ranges::any_of(panel.lines, &Line::validation) && !std::ranges::all_of(panel.lines, &Line::validation);
    const bool split = quantity_of(panel.quantity) == "loss" || panel.quantity == "accuracy" || both;
    for (Line& line : panel.lines) {
      const std::string kind = !split ? axis_label(panel.quantity) : line.validation ? "validation" : "training";
      line.legend = runs_.size() == 1 ? kind : both ? runs_[line.run].name + ", " + kind : runs_[line.run].name + (line.validation ? ", validation" : "");
    }
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

  size_t longest() const {
    size_t n = 0;
    for (const Run& run : runs_) n = std::max(n, x_of(run)->size());
    return n;
  }

  std::string x_tics() const {
    double first = 1, last = 1;
    for (const Run& run : runs_)
      for (double place : *x_of(run)) first = std::min(first, place), last = std::max(last, place);
    double step = 1;
    for (size_t i = 0; (last - first) / step > 12; ++i) step *= i % 3 == 1 ? 2.5 : 2.0;  // 1, 2, 5, 10, ...
    step = std::ceil(step);
    const double beside = first == last ? 0.5 : 0;  // a single one stands in the middle
    return fmt::format("set xtics {} format '%.0f'\nset xrange [{}:{}]\n", value_text(step), value_text(first - beside), value_text(last + beside));
  }

  /// A share has no values above 1, and its axis none either.
  std::string share_range(const Panel& panel) const {
    double low = INFINITY, high = -INFINITY;
    for (const Line& line : panel.lines)
      for (const double v : *column(runs_[line.run], line.column))
        if (std::isfinite(v)) low = std::min(low, v), high = std::max(high, v);
    if (low > high) return "set yrange [0:1]\n";
    const double beside = std::max(0.06 * (high - low), 0.005);
    const bool within = low >= 0 && high <= 1;
    return fmt::format("set yrange [{:.4f}:{:.4f}]\n", within ? std::max(0.0, low - beside) : low - beside, within ? std::min(1.0, high + beside) : high + beside);
  }

  std::string panel_script(const Panel& panel, bool many) const {
    static constexpr const char* colours[] = {"#1f77b4", "#e6752e", "#2c9a4b", "#b8336a", "#7a5bb5", "#8c6d31", "#11999e", "#555555"};
    std::string out = fmt::format("set ylabel {} offset 0.5\n", gnuplot_quote(axis_label(panel.quantity)));
    out += many || title_.empty() ? "unset title\n" : fmt::format("set title {} font ',12'\n", gnuplot_quote(title_));
    out += panel.quantity == "accuracy" ? "set key bottom right\n" + share_range(panel) : "set key top right\nset yrange [*:*]\n";
    out += "plot ";
    const bool single = runs_.size() == 1, points = longest() <= 40;
    for (size_t i = 0; i < panel.lines.size(); ++i) {
      const Line& line = panel.lines[i];
      const size_t colour = single ? (line.validation ? 1 : 0) : line.run;
      const bool dashed = !single && !line.validation && panel.lines.size() > runs_.size();
      out += fmt::format("{}{} using 1:2 with {} lc rgb '{}' dt {} lw 2{} title {}", i ? ", \\\n     " : "", block_name(line), points ? "linespoints" : "lines",
                         colours[colour % std::size(colours)], dashed ? 2 : 1, points ? fmt::format(" pt {} ps 0.7", line.validation ? 5 : 7) : "", gnuplot_quote(line.legend));
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

std::unique_ptr<Picture> make(std::span<const h5::Reader> inputs, const PlotOptions& options) {
  std::vector<Run> runs;
  for (const h5::Reader& file : inputs) {
    expect_kind(file, "model");
    const bool by_step = options.abscissa == "step";
    runs.push_back({file.name(), read_history(file, by_step ? "/steps" : "/history")});
    if (const auto* places = column(runs.back(), options.abscissa); places && !places->empty()) continue;
    throw Error(file.name() + (by_step ? ": no steps: the model was trained without --history-every N, or in fewer than N batches"
                                       : ": no history: the model was not trained (epochs 0)"));
  }
  return std::make_unique<HistoryPicture>(std::move(runs), options);
}
}  // namespace

extern const PictureType history_picture;
const PictureType history_picture{"history", "curves of training: loss and accuracy by epoch or step", "MODEL...", 1, 64, "columns by", make};

}  // namespace nn
