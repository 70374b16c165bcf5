// SPDX-License-Identifier: MIT
// What --show of the picture compare can name.
#include <algorithm>

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

constexpr CompareShow shows[] = {
    {"curves", "learning curves: mean over the runs of a group by epoch, in a band", "", curves_of, false,
     can_show_curves},
    {"strip", "runs by group, a point each, with mean and interval", "band", strip_of, true, always},
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
  return kind == "model" && have_histories(files) ? "curves" : "strip";
}

}  // namespace nn
