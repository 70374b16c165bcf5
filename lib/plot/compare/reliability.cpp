// SPDX-License-Identifier: MIT
// Reliability diagrams: the accuracy of the samples against the confidence with which they were predicted. A group's
// runs are taken together; its expected calibration error is the mean of theirs.
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
#include "results/calibration.h"
#include "results/cells.h"

namespace nn {
namespace {

void check_probabilities(const ComparedRun& run) {
  if (!run.predictions)
    throw Error(printable(run.file) +
                ": expected predictions (nn-predict -o NAME.h5), whose confidence is drawn, found " + run.kind);
  const Predictions& p = *run.predictions;
  if (p.predicted.empty()) throw Error(printable(run.file) + ": its outputs are not classes; there is no confidence");
  if (p.labels.empty())
    throw Error(printable(run.file) + ": predictions without labels; how often they are right is not known");
  if (size_t row = 0; !are_probabilities(p, &row))
    throw Error(fmt::format("{}: the outputs of row {} are no probabilities, which sum to 1", printable(run.file),
                            p.sample[row]));
}

/// Adds the samples of a run to those of its group; gives its own error.
double add_run(const Predictions& p, std::vector<Calibration::Bin>& group) {
  Calibration own;
  for (size_t i = 0; i < p.labels.size(); ++i) {
    const size_t c = p.classes > 1 ? static_cast<size_t>(p.predicted[i]) : 0;
    const double one = double{p.probability[i * static_cast<size_t>(p.classes) + c]};
    own.add(p.classes > 1 || p.predicted[i] == 1 ? one : 1 - one, p.predicted[i] == p.labels[i]);
  }
  for (size_t b = 0; b < Calibration::size; ++b) {
    group[b].n += own.bins()[b].n, group[b].hits += own.bins()[b].hits;
    group[b].confidence += own.bins()[b].confidence;
  }
  return own.error(static_cast<double>(p.labels.size()));
}

class Reliability : public Picture {
 public:
  Reliability(const ComparedFiles& files, const CompareChoice& asked) {
    for (const ComparedRun& run : files.runs) check_probabilities(run);
    CompareChoice choice = asked;
    choice.settings.metrics = {"accuracy"};
    all_ = compared_groups(files, choice);
    labels_ = group_labels(all_.grouping, 40);
    for (const Group& group : all_.grouping.groups) {
      auto& bins = bins_.emplace_back(Calibration::size);
      double sum = 0;
      for (const size_t i : group.runs) sum += add_run(*files.runs[i].predictions, bins);
      errors_.push_back(sum / static_cast<double>(group.runs.size()));
    }
    const std::string split = split_of(all_.metrics[0].name);
    title_ = compare_title(choice, "reliability" + (split.empty() ? "" : " on " + split), all_, files.runs);
    width = 620, height = 560 + legend().height(width) + caption_height + title_height;
    least_width = 320, least_height = title_height + caption_height + legend().height(least_width) + 200;
  }

  TextTable table() const override {
    TextTable table;
    table.columns = group_columns(all_.grouping);
    for (const char* name : {"above", "up_to", "n", "confidence", "accuracy", "ece"}) table.columns.emplace_back(name);
    for (size_t g = 0; g < labels_.size(); ++g)
      for (size_t b = 0; b < Calibration::size; ++b) {
        const Calibration::Bin& bin = bins_[g][b];
        std::vector<Json> row = group_cells(all_.grouping, g);
        row.insert(row.end(), {number_cell(static_cast<double>(b) / Calibration::size),
                               number_cell(static_cast<double>(b + 1) / Calibration::size), Json(bin.n),
                               number_cell(confidence(bin)), number_cell(accuracy(bin)), number_cell(errors_[g])});
        table.rows.push_back(std::move(row));
      }
    return table;
  }

  std::string script(int wide, int high) const override {
    std::string out, lines, points;
    for (size_t g = 0; g < labels_.size(); ++g) {
      int64_t n = 0;
      for (const Calibration::Bin& bin : bins_[g]) n += bin.n;
      out += block(g) + " << EOD\n";
      for (const Calibration::Bin& bin : bins_[g])
        if (bin.n > 0)
          out += fmt::format("{:.6g} {:.6g} {:.3f}\n", confidence(bin), accuracy(bin),
                             0.5 + 1.8 * std::sqrt(static_cast<double>(bin.n) / static_cast<double>(n)));
      out += "EOD\n";
      lines += fmt::format(", \\\n     {} using 1:2 with lines lw 1.5 lc rgb '{}'", block(g), series_colour(g));
      points += fmt::format(", \\\n     {} using 1:2:3 with points pt {} ps variable lc rgb '{}'", block(g),
                            series_point(g, 7), series_colour(g));
    }
    out += axes_script("xy") + title_script(title_, wide, high) + caption_script(caption(), high, wide);
    out += legend().script(wide, high, caption_height);
    out += PanelGrid(1, {80, 24, 50, 14}).margins(0, wide, high, title_height, legend().height(wide) + caption_height);
    out +=
        "set xlabel 'confidence, the probability of the predicted class'\nset ylabel 'accuracy'\nset xrange [0:1]\nset "
        "yrange [0:1]\nset xtics 0.2\nset ytics 0.2\nset format '%.1f'\n";
    return out + "plot x notitle with lines dt 2 lw 1 lc rgb '#808080'" + lines + points + "\n";
  }

  std::string text(int columns) const override {
    std::vector<Curve> curves;
    for (size_t g = 0; g < labels_.size(); ++g) {
      Curve curve{legend_text(g), {}, {}};
      for (const Calibration::Bin& bin : bins_[g])
        if (bin.n > 0) curve.x.push_back(confidence(bin)), curve.y.push_back(accuracy(bin));
      curves.push_back(std::move(curve));
    }
    return text_chart(printable(title_) + ": accuracy", "confidence", curves, columns, 20);
  }

  std::vector<std::string> remarks() const override {
    std::vector<std::string> out;
    for (const std::string& note : all_.notes) out.push_back(printable(note));
    return out;
  }

 private:
  static double confidence(const Calibration::Bin& bin) { return bin.confidence / static_cast<double>(bin.n); }
  static double accuracy(const Calibration::Bin& bin) {
    return static_cast<double>(bin.hits) / static_cast<double>(bin.n);
  }
  static std::string block(size_t g) { return fmt::format("$b{}", g); }
  static std::string caption() {
    return "dashed: perfect calibration; larger points: more samples; ECE: mean over the runs";
  }
  std::string legend_text(size_t g) const {
    const size_t runs = all_.grouping.groups[g].runs.size();
    return fmt::format("{}: ECE {:.4f} ({})", labels_[g], errors_[g], runs_words(static_cast<int64_t>(runs)));
  }
  Legend legend() const {
    std::vector<LegendEntry> entries;
    for (size_t g = 0; g < labels_.size(); ++g)
      entries.push_back({legend_text(g), series_colour(g), 1, series_point(g, 7)});
    return Legend(std::move(entries));
  }

  Comparison all_;
  std::vector<std::string> labels_;
  std::vector<std::vector<Calibration::Bin>> bins_;  ///< by group
  std::vector<double> errors_;
  std::string title_;
};

}  // namespace

bool are_probabilities(const Predictions& p, size_t* row) {
  const auto k = static_cast<size_t>(p.classes);
  for (size_t i = 0; i < p.sample.size(); ++i) {
    double sum = 0;
    bool inside = true;
    for (size_t c = 0; c < k; ++c) {
      const double v = double{p.probability[i * k + c]};
      sum += v, inside = inside && v >= 0 && v <= 1;
    }
    if (inside && (k == 1 || std::fabs(sum - 1) < 1e-3)) continue;
    if (row) *row = i;
    return false;
  }
  return true;
}

std::unique_ptr<Picture> reliability_of(const ComparedFiles& files, const CompareChoice& choice) {
  return std::make_unique<Reliability>(files, choice);
}

}  // namespace nn
