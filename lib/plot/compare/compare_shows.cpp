// SPDX-License-Identifier: MIT
// What --show of the picture compare can name.
#include <algorithm>
#include <set>

#include "base/registry.h"
#include "plot/compare/compared.h"

namespace nn {
namespace {

bool always(const ComparedFiles&, const Grouping&) { return true; }
bool have_histories(const ComparedFiles& files) {
  return std::ranges::all_of(files.histories,
                             [](const h5::Columns& columns) { return !columns.empty() && !columns[0].second.empty(); });
}
bool can_show_curves(const ComparedFiles& files, const Grouping&) { return have_histories(files); }
bool can_show_time(const ComparedFiles& files, const Grouping&) {
  return std::ranges::all_of(files.runs, [](const ComparedRun& run) { return run.metric("seconds"); });
}
/// Each run has results by class, and of the same classes, whose names tell them apart.
bool have_classes(const ComparedFiles& files) {
  const std::vector<std::string>& names = files.runs[0].outputs;
  if (std::set<std::string>(names.begin(), names.end()).size() != names.size()) return false;
  return std::ranges::all_of(files.runs, [&](const ComparedRun& run) {
    return !run.measured.empty() && !files.runs[0].measured.empty() && !run.measured[0].recall.empty() &&
           run.outputs == files.runs[0].outputs && run.measured[0].split == files.runs[0].measured[0].split;
  });
}
bool can_show_classes(const ComparedFiles& files, const Grouping&) { return have_classes(files); }
bool can_show_confusions(const ComparedFiles& files, const Grouping& grouping) {
  return grouping.groups.size() == 2 && have_classes(files) &&
         std::ranges::all_of(files.runs, [](const ComparedRun& run) { return !run.measured[0].confusion.empty(); }) &&
         files.runs[0].measured[0].recall.size() <= 200;
}
bool can_show_reliability(const ComparedFiles& files, const Grouping&) {
  return std::ranges::all_of(files.runs, [](const ComparedRun& run) {
    return run.predictions && !run.predictions->predicted.empty() && !run.predictions->labels.empty() &&
           are_probabilities(*run.predictions);
  });
}

constexpr CompareShow shows[] = {
    {"curves", "learning curves: mean over the runs of a group by epoch, in a band", "", curves_of, false,
     can_show_curves},
    {"strip", "runs by group, a point each, with mean and interval", "band", strip_of, true, always},
    {"time", "what a training achieves against the seconds that it took", "", time_of, false, can_show_time},
    {"reliability", "accuracy against confidence, with the expected calibration error",
     "band interval level metric sort", reliability_of, false, can_show_reliability},
    {"classes", "recall, precision or F1 of each class by group, with intervals", "band", classes_of, false,
     can_show_classes},
    {"confusion", "confusion matrices of two groups beside each other, shaded alike", "band interval level metric sort",
     confusions_of, false, can_show_confusions},
};

}  // namespace

std::span<const CompareShow> compare_shows() { return shows; }

const CompareShow& find_show(const std::string& name) {
  std::vector<std::string> names;
  for (const CompareShow& show : shows) {
    if (name == show.name) return show;
    names.emplace_back(show.name);
  }
  throw UsageError("--show: " + unknown_name("picture of a comparison", name, names));
}

std::string usual_show(const ComparedFiles& files) {
  const std::string kind = files.runs.empty() ? "" : files.runs[0].kind;
  if (kind == "model" && have_histories(files)) return "curves";
  return kind == "predictions" && can_show_reliability(files, {}) ? "reliability" : "strip";
}

}  // namespace nn
