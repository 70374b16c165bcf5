// SPDX-License-Identifier: MIT
#include "results/compare/comparison_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/text/columns.h"
#include "results/compare/digits.h"

namespace nn {
namespace {

/// Names of the groups for tables, cut where they are long, unless two would then be the same.
std::vector<std::string> labels_of(const Grouping& grouping) {
  constexpr size_t most = 32;
  std::vector<std::string> full, cut;
  for (const Group& group : grouping.groups) {
    full.push_back(group.name());
    const bool is_long = columns_of(full.back()) > most;
    cut.push_back(is_long ? fit(full.back(), most - 2) + ".." : full.back());
  }
  return std::set<std::string>(cut.begin(), cut.end()).size() == full.size() ? cut : full;
}

class PageMaker {
 public:
  explicit PageMaker(const Comparison& all) : all_(all) {
    for (const std::string& key : all.grouping.keys) keys_ += (keys_.empty() ? "" : ", ") + key;
    if (keys_.empty()) keys_ = "group";
    labels_ = labels_of(all.grouping);
    level_ = fmt::format("{:.4g} %", 100 * all.level);
  }

  Page make() {
    Page page;
    for (const MetricComparison& metric : all_.metrics) page.title += (page.title.empty() ? "" : ", ") + metric.name;
    page.title += " by " + keys_;
    for (const MetricComparison& metric : all_.metrics) {
      page.blocks.push_back(values(metric));
      if (all_.baseline) page.blocks.push_back(differences(metric));
    }
    if (all_.samples) add_sample_blocks(all_, keys_, labels_, page);
    if (Block block = cost(); !block.columns.empty()) page.blocks.push_back(std::move(block));
    page.notes = comparison_notes(all_);
    return page;
  }

 private:
  std::string interval_head() const { return level_ + (all_.with_bootstrap ? " (boot.)" : " interval"); }

  static int decimals_of(const MetricComparison& metric) {
    std::vector<double> shown, spreads;
    for (const GroupResult& group : metric.groups) {
      shown.insert(shown.end(), {group.summary.least, group.summary.most});
      spreads.push_back(group.summary.sd);
    }
    return decimals_for(shown, spreads);
  }

  static int decimals_of(const MetricComparison& metric, const GroupResult& group) {
    const std::vector<double> shown{group.summary.least, group.summary.most}, spread{group.summary.sd};
    return row_decimals(decimals_of(metric), decimals_for(shown, spread));
  }

  Block values(const MetricComparison& metric) const {
    const bool any_failed = std::any_of(metric.groups.begin(), metric.groups.end(),
                                        [](const GroupResult& group) { return !group.failed.empty(); });
    Block block{metric.name + (metric.smaller_is_better ? ", smaller is better" : ", larger is better"),
                {keys_, "n", "mean", "sd", interval_head(), "median", "IQM", "min", "max"},
                {}};
    if (any_failed) block.columns.insert(block.columns.begin() + 2, "nan");
    for (size_t g = 0; g < metric.groups.size(); ++g) {
      const GroupResult& group = metric.groups[g];
      const stats::Summary& s = group.summary;
      const int digits = decimals_of(metric, group);
      std::vector<std::string> row{labels_[g], std::to_string(s.n), fixed_text(s.mean, digits),
                                   fixed_text(s.sd, digits), interval_text(group.interval, digits)};
      for (const double v : {s.median, s.iqm, s.least, s.most}) row.push_back(fixed_text(v, digits));
      if (any_failed) row.insert(row.begin() + 2, std::to_string(group.failed.size()));
      block.rows.push_back(std::move(row));
    }
    return block;
  }

  Block differences(const MetricComparison& metric) const {
    std::vector<double> shown, spreads;
    for (const auto& d : metric.differences)
      if (d) shown.push_back(d->mean.difference), spreads.push_back((d->interval.high - d->interval.low) / 2);
    const int common = std::max(decimals_of(metric), decimals_for(shown, spreads));
    Block block{metric.name + ": difference from " + all_.grouping.clear_name(*all_.baseline),
                {keys_, "pairs", "diff", interval_head(), "p (t)", "Holm", "p (rank)", "better", "g"},
                {}};
    for (size_t g = 0; g < metric.differences.size(); ++g) {
      const auto& d = metric.differences[g];
      if (!d) continue;
      const std::vector<double> own{d->mean.difference}, spread{(d->interval.high - d->interval.low) / 2};
      const int digits = row_decimals(common, decimals_for(own, spread));
      block.rows.push_back({labels_[g], d->paired ? std::to_string(d->pairs) : "-",
                            fixed_text(d->mean.difference, digits, true), interval_text(d->interval, digits, true),
                            p_text(d->mean.p), p_text(d->mean_holm), p_text(d->rank.p), fixed_text(d->better, 2),
                            fixed_text(d->effect.hedges, 2, true)});
    }
    return block;
  }

  Block cost() const {
    static constexpr std::pair<const char*, double GroupCost::*> columns[] = {
        {"parameters", &GroupCost::parameters},
        {"epochs", &GroupCost::epochs},
        {"seconds", &GroupCost::seconds},
        {"samples/s", &GroupCost::samples_per_second}};
    Block block{"cost of a training, mean", {}, {}};
    for (const std::string& label : labels_) block.rows.push_back({label});
    for (const auto& [name, value] : columns) {
      std::vector<double> all;
      for (const GroupCost& cost : all_.costs) all.push_back(cost.*value);
      if (std::none_of(all.begin(), all.end(), [](double v) { return std::isfinite(v); })) continue;
      const double least = *std::min_element(all.begin(), all.end());
      const int digits = decimals_for(all, std::vector<double>{least / 30});
      const bool whole =
          std::all_of(all.begin(), all.end(), [](double v) { return std::isnan(v) || v == std::floor(v); });
      block.columns.push_back(name);
      for (size_t g = 0; g < all.size(); ++g) {
        const std::vector<double> own{all[g]}, spread{all[g] / 30};
        block.rows[g].push_back(fixed_text(all[g], whole ? 0 : row_decimals(digits, decimals_for(own, spread))));
      }
    }
    if (!block.columns.empty()) block.columns.insert(block.columns.begin(), keys_);
    return block;
  }

  const Comparison& all_;
  std::string keys_, level_;
  std::vector<std::string> labels_;
};

}  // namespace

Page comparison_page(const Comparison& comparison) { return PageMaker(comparison).make(); }

}  // namespace nn
