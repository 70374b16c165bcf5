// SPDX-License-Identifier: MIT
// Comparisons sample by sample, of confusions and of two predictors, as tables.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/log.h"
#include "base/text/number.h"
#include "results/cells.h"
#include "results/compare/comparison_page.h"
#include "results/compare/digits.h"
#include "results/evaluation.h"

namespace nn {
namespace {

std::string count_text(double value, bool with_sign) {
  if (with_sign && value == 0) return "0";
  return value == std::floor(value) ? fixed_text(value, 0, with_sign) : fixed_text(value, 1, with_sign);
}

std::vector<std::string> class_names(const ConfusionDifference& d) {
  const auto k = static_cast<int64_t>(std::sqrt(static_cast<double>(d.of_group.size())) + 0.5);
  std::vector<std::string> names;
  for (int64_t c = 0; c < k; ++c) names.push_back(name_or_number(d.classes, c));
  return names;
}

}  // namespace

void add_sample_blocks(const Comparison& all, const std::string& keys, const std::vector<std::string>& labels,
                       Page& page) {
  const SampleComparison& samples = *all.samples;
  const std::string base = all.grouping.clear_name(*all.baseline);
  std::vector<double> differences{1 / static_cast<double>(samples.samples)}, halves;
  for (const auto& d : samples.groups)
    if (d) differences.push_back(d->difference), halves.push_back((d->interval.high - d->interval.low) / 2);
  const int digits = decimals_for(differences, halves);
  Block means{fmt::format("{} on the same {} samples: difference from {}", samples.metric, samples.samples, base),
              {keys, "diff", fmt::format("{:.4g} % over samples", 100 * all.level)},
              {}};
  Block tests{"samples that one network alone has right",
              {"file", "baseline's file", "only it", "only baseline's", "McNemar", "Holm"},
              {},
              2};
  for (size_t g = 0; g < samples.groups.size(); ++g) {
    const auto& d = samples.groups[g];
    if (!d) continue;
    means.rows.push_back(
        {labels[g], fixed_text(d->difference, digits, true), interval_text(d->interval, digits, true)});
    for (const SampleTest& test : d->tests)
      tests.rows.push_back({test.file, test.baseline_file, std::to_string(test.only_group),
                            std::to_string(test.only_baseline), p_text(test.p), p_text(test.p_holm)});
  }
  page.blocks.push_back(std::move(means));
  if (!tests.rows.empty()) page.blocks.push_back(std::move(tests));
}

Page confusion_page(const ConfusionDifference& d) {
  const std::vector<std::string> names = class_names(d);
  Block block{fmt::format("confusion on {}: {} less {}, samples by true class (rows) and predicted class", d.split,
                          d.group, d.baseline),
              {"true"},
              {}};
  block.columns.insert(block.columns.end(), names.begin(), names.end());
  for (size_t c = 0; c < names.size(); ++c) {
    std::vector<std::string> row{names[c]};
    for (size_t j = 0; j < names.size(); ++j) {
      const size_t at = c * names.size() + j;
      row.push_back(count_text(d.of_group[at] - d.of_baseline[at], true));
    }
    block.rows.push_back(std::move(row));
  }
  return {"confusion of " + d.group + " less " + d.baseline, {block}, {}};
}

TextTable confusion_table(const ConfusionDifference& d) {
  const std::vector<std::string> names = class_names(d);
  TextTable table;
  table.columns = {"true", "predicted", "group", "baseline", "difference"};
  for (size_t at = 0; at < d.of_group.size(); ++at)
    if (d.of_group[at] != 0 || d.of_baseline[at] != 0)
      table.rows.push_back({Json(names[at / names.size()]), Json(names[at % names.size()]), number_cell(d.of_group[at]),
                            number_cell(d.of_baseline[at]), number_cell(d.of_group[at] - d.of_baseline[at])});
  return table;
}

TextTable equality_table(const Equality& e) {
  TextTable table;
  table.columns = {"a",   "b",     "samples", "outputs", "tolerance", "beyond", "other_classes", "largest_difference",
                   "row", "output"};
  table.rows.push_back({Json(e.a), Json(e.b), Json(e.samples), Json(e.outputs), number_cell(e.tolerance),
                        Json(e.beyond), Json(e.other_classes), number_cell(e.most), Json(e.sample), Json(e.output)});
  return table;
}

Page equality_page(const Equality& e) {
  Block block{e.a + " and " + e.b, {"", "found"}, {}};
  block.rows = {{"samples", std::to_string(e.samples)},
                {"outputs of each", std::to_string(e.outputs)},
                {"values beyond " + value_text(e.tolerance), std::to_string(e.beyond)},
                {"samples of another class", std::to_string(e.other_classes)},
                {"largest difference", fmt::format("{:.3g}", e.most)}};
  if (e.most > 0) block.rows.push_back({"in row, output", fmt::format("{}, {}", e.sample, e.output)});
  return {"two predictors", {block}, {e.holds() ? "Equal within the tolerance." : "Not equal within the tolerance."}};
}

std::string inequality(const Equality& e) {
  return fmt::format("{} and {} differ: {} of {} values by more than {}, most in row {}, output {}, by {:.3g}",
                     printable(e.a), printable(e.b), e.beyond, e.samples * e.outputs, value_text(e.tolerance), e.sample,
                     printable(e.output), e.most);
}

}  // namespace nn
