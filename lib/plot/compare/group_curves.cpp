// SPDX-License-Identifier: MIT
#include "plot/compare/group_curves.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/log.h"

namespace nn {
namespace {

const std::vector<double>* column(const h5::Columns& history, const std::string& name) {
  for (const auto& [known, values] : history)
    if (known == name) return &values;
  return nullptr;
}

std::string column_of(const std::string& metric) {
  return metric.starts_with("val.") ? "val_" + metric.substr(4) : metric.substr(metric.find('.') + 1);
}

struct AtEpochOfRuns {
  std::vector<double> values, seconds;
  int64_t failed = 0;
};

stats::Interval band_of(const std::vector<double>& values, const CompareChoice& choice) {
  const stats::Summary s = stats::summarize(values);
  if (s.n < 2) return {};
  if (choice.band == "sd") return {s.mean - s.sd, s.mean + s.sd};
  if (choice.band == "range") return {s.least, s.most};
  return choice.settings.with_bootstrap ? stats::bootstrap_mean(values, {}, choice.settings.bootstrap)
                                        : stats::t_interval(s, choice.settings.bootstrap.level);
}

}  // namespace

ComparedFiles only_histories(const ComparedFiles& files) {
  ComparedFiles all = files;
  for (size_t i = 0; i < all.runs.size(); ++i) {
    ComparedRun& run = all.runs[i];
    if (run.kind != "model")
      throw Error(printable(run.file) + ": expected a model, whose history has the curves, found " + run.kind);
    if (all.histories[i].empty() || all.histories[i].front().second.empty())
      throw Error(printable(run.file) + ": no history: the model was not trained, or was converted");
    std::erase_if(run.metrics, [](const auto& metric) {
      const std::string split = split_of(metric.first);
      return split != "val" && split != "train";
    });
  }
  return all;
}

std::vector<std::string> curve_metrics(std::span<const ComparedRun> runs, const ComparisonSettings& settings) {
  if (!settings.metrics.empty()) return metrics_asked(runs, settings.metrics, false);
  std::vector<std::string> names;
  for (const char* quantity : {"loss", "accuracy"})
    for (const char* split : {"val.", "train."})
      if (const std::string name = std::string(split) + quantity;
          std::ranges::all_of(runs, [&](const ComparedRun& run) { return run.metric(name); })) {
        names.push_back(name);
        break;
      }
  return names.empty() ? metrics_asked(runs, {}, false) : names;
}

GroupCurve group_curve(const ComparedFiles& files, const Group& group, const std::string& metric,
                       const CompareChoice& choice) {
  std::map<double, AtEpochOfRuns> by_epoch;
  for (const size_t i : group.runs) {
    const h5::Columns& history = files.histories[i];
    const auto *epochs = column(history, "epoch"), *values = column(history, column_of(metric)),
               *seconds = column(history, "seconds"),
               *losses = column(history, metric.starts_with("val.") ? "val_loss" : "loss");
    double until = 0;
    for (size_t e = 0; e < history.front().second.size(); ++e) {
      AtEpochOfRuns& at = by_epoch[epochs ? (*epochs)[e] : static_cast<double>(e + 1)];
      // With a loss that is no number, others are none either: an accuracy of 0 is that of no answers.
      const double value = values && (!losses || std::isfinite((*losses)[e])) ? (*values)[e] : not_measured;
      std::isfinite(value) ? at.values.push_back(value) : void(++at.failed);
      if (seconds) at.seconds.push_back(until += (*seconds)[e]);
    }
  }
  GroupCurve curve;
  for (const auto& [epoch, at] : by_epoch)
    curve.places.push_back({epoch, stats::mean_of(at.seconds), static_cast<int64_t>(at.values.size()), at.failed,
                            stats::mean_of(at.values), band_of(at.values, choice)});
  return curve;
}

}  // namespace nn
