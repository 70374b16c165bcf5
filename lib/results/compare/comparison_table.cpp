// SPDX-License-Identifier: MIT
// A comparison with all its digits.
#include <cmath>

#include "results/cells.h"
#include "results/compare/comparison_page.h"

namespace nn {
namespace {

using Cells = std::vector<std::pair<std::string, Json>>;

Cells cells_of(const GroupResult& group) {
  const stats::Summary& s = group.summary;
  return {{"n", Json(s.n)},
          {"failed", Json(group.failed.size())},
          {"mean", number_cell(s.mean)},
          {"sd", number_cell(s.sd)},
          {"low", number_cell(group.interval.low)},
          {"high", number_cell(group.interval.high)},
          {"median", number_cell(s.median)},
          {"iqm", number_cell(s.iqm)},
          {"min", number_cell(s.least)},
          {"max", number_cell(s.most)}};
}

Cells cells_of(const GroupCost& cost) {
  return {{"parameters", number_cell(cost.parameters)},
          {"epochs_trained", number_cell(cost.epochs)},
          {"seconds", number_cell(cost.seconds)},
          {"samples_per_second", number_cell(cost.samples_per_second)}};
}

/// All null without one.
Cells cells_of(const std::optional<Difference>& difference) {
  const Difference d = difference.value_or(Difference{});
  const bool is = difference.has_value();
  return {{"paired", is ? Json(d.paired) : Json()},
          {"pairs", is && d.paired ? Json(d.pairs) : Json()},
          {"difference", number_cell(d.mean.difference)},
          {"difference_low", number_cell(d.interval.low)},
          {"difference_high", number_cell(d.interval.high)},
          {"t", number_cell(d.mean.t)},
          {"freedom", number_cell(d.mean.freedom)},
          {"p", number_cell(d.mean.p)},
          {"p_holm", number_cell(d.mean_holm)},
          {"rank_statistic", number_cell(d.rank.statistic)},
          {"rank_p", number_cell(d.rank.p)},
          {"rank_p_holm", number_cell(d.rank_holm)},
          {"better", number_cell(d.better)},
          {"cohen_d", number_cell(d.effect.cohen)},
          {"hedges_g", number_cell(d.effect.hedges)},
          {"runs_needed", d.runs_needed > 0 && d.runs_needed <= stats::most_runs ? Json(d.runs_needed) : Json()}};
}

Cells cells_of(const SampleDifference& d) {
  const bool one = d.tests.size() == 1;
  return {{"samples_difference", number_cell(d.difference)},
          {"samples_low", number_cell(d.interval.low)},
          {"samples_high", number_cell(d.interval.high)},
          {"only_group", one ? Json(d.tests[0].only_group) : Json()},
          {"only_baseline", one ? Json(d.tests[0].only_baseline) : Json()},
          {"mcnemar_p", one ? number_cell(d.tests[0].p) : Json()},
          {"mcnemar_p_holm", one ? number_cell(d.tests[0].p_holm) : Json()}};
}

Json samples_json(const Comparison& all) {
  Json json = Json::object();
  json["metric"] = Json(all.samples->metric);
  json["samples"] = Json(all.samples->samples);
  json["groups"] = Json::array();
  for (size_t g = 0; g < all.samples->groups.size(); ++g) {
    const auto& d = all.samples->groups[g];
    if (!d) continue;
    Json one = Json::object();
    one["group"] = Json(all.grouping.groups[g].name());
    one["difference"] = number_cell(d->difference);
    one["low"] = number_cell(d->interval.low), one["high"] = number_cell(d->interval.high);
    one["mcnemar"] = Json::array();
    for (const SampleTest& test : d->tests)
      one["mcnemar"].push_back(Json(Json::Object{{"file", Json(test.file)},
                                                 {"baseline_file", Json(test.baseline_file)},
                                                 {"only_group", Json(test.only_group)},
                                                 {"only_baseline", Json(test.only_baseline)},
                                                 {"p", number_cell(test.p)},
                                                 {"p_holm", number_cell(test.p_holm)}}));
    json["groups"].push_back(std::move(one));
  }
  return json;
}

void put(Json& object, const Cells& cells) {
  for (const auto& [name, cell] : cells) object[name] = cell;
}

Json texts(const std::vector<std::string>& all) {
  Json list = Json::array();
  for (const std::string& one : all) list.push_back(Json(one));
  return list;
}

}  // namespace

TextTable comparison_table(const Comparison& all) {
  TextTable table;
  for (const MetricComparison& metric : all.metrics)
    for (size_t g = 0; g < metric.groups.size(); ++g) {
      Cells cells{{"metric", Json(metric.name)}};
      const Group& group = all.grouping.groups[g];
      if (all.grouping.keys.empty()) cells.emplace_back("group", Json(group.name()));
      for (size_t k = 0; k < group.values.size(); ++k)
        cells.emplace_back("by_" + all.grouping.keys[k], Json(group.values[k]));
      for (const Cells& more : {cells_of(metric.groups[g]), cells_of(all.costs[g])})
        cells.insert(cells.end(), more.begin(), more.end());
      const bool is_base = !all.baseline || *all.baseline == g;
      cells.emplace_back("baseline", is_base ? Json() : Json(all.grouping.groups[*all.baseline].name()));
      const Cells more = cells_of(metric.differences[g]);
      cells.insert(cells.end(), more.begin(), more.end());
      if (all.samples) {
        const Cells of_samples = cells_of(all.samples->groups[g].value_or(SampleDifference{}));
        cells.insert(cells.end(), of_samples.begin(), of_samples.end());
      }
      table.rows.emplace_back();
      const bool is_first = table.columns.empty();
      for (auto& [name, cell] : cells) {
        if (is_first) table.columns.push_back(name);
        table.rows.back().push_back(std::move(cell));
      }
    }
  return table;
}

Json comparison_json(const Comparison& all, std::span<const ComparedRun> runs) {
  Json json = Json::object();
  json["group_by"] = texts(all.grouping.keys);
  json["baseline"] = all.baseline ? Json(all.grouping.groups[*all.baseline].name()) : Json();
  json["level"] = Json(all.level);
  json["interval"] = Json(all.with_bootstrap ? "bootstrap" : "t");
  json["paired_by"] = texts(all.paired_by);
  json["groups"] = Json::array();
  for (size_t g = 0; g < all.grouping.groups.size(); ++g) {
    const Group& group = all.grouping.groups[g];
    Json one = Json::object();
    one["group"] = Json(group.name());
    one["keys"] = Json::object();
    for (size_t k = 0; k < group.values.size(); ++k) one["keys"][all.grouping.keys[k]] = setting_json(group.values[k]);
    one["files"] = Json::array();
    for (const size_t i : group.runs) one["files"].push_back(Json(runs[i].file));
    put(one, cells_of(all.costs[g]));
    json["groups"].push_back(std::move(one));
  }
  json["metrics"] = Json::array();
  for (const MetricComparison& metric : all.metrics) {
    Json of_metric = Json::object();
    of_metric["metric"] = Json(metric.name);
    of_metric["smaller_is_better"] = Json(metric.smaller_is_better);
    of_metric["groups"] = Json::array();
    for (size_t g = 0; g < metric.groups.size(); ++g) {
      Json one = Json::object();
      one["group"] = Json(all.grouping.groups[g].name());
      put(one, cells_of(metric.groups[g]));
      one["values"] = Json::array();
      for (const size_t i : all.grouping.groups[g].runs)
        one["values"].push_back(number_cell(*value_of(runs[i], metric.name)));
      one["failed_files"] = texts(metric.groups[g].failed);
      if (metric.differences[g]) put(one["difference_from_baseline"], cells_of(metric.differences[g]));
      of_metric["groups"].push_back(std::move(one));
    }
    json["metrics"].push_back(std::move(of_metric));
  }
  if (all.samples) json["samples"] = samples_json(all);
  json["notes"] = texts(comparison_notes(all));
  return json;
}

}  // namespace nn
