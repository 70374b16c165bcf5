// SPDX-License-Identifier: MIT
// What --show of the picture compare can name.
#include <algorithm>

#include "base/registry.h"
#include "plot/compare/compared.h"

namespace nn {
namespace {

bool always(const ComparedFiles&) { return true; }
bool all_have_histories(const ComparedFiles& files) {
  return std::ranges::all_of(files.histories,
                             [](const h5::Columns& columns) { return !columns.empty() && !columns[0].second.empty(); });
}

constexpr CompareShow shows[] = {
    {"curves", "learning curves: mean over the runs by epoch, in a band", "", curves_of, all_have_histories},
    {"strip", "each run a point by group, mean and interval", "band", strip_of, always},
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
  return kind == "model" && all_have_histories(files) ? "curves" : "strip";
}

}  // namespace nn
