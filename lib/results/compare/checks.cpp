// SPDX-License-Identifier: MIT
// What of the runs can be compared.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>

#include "base/log.h"
#include "base/registry.h"
#include "results/compare/comparison.h"

namespace nn {
namespace {

/// "a.h5, b.h5 and 7 more".
std::string some_of(const std::vector<std::string>& files) {
  constexpr size_t shown = 5;
  std::string text;
  for (size_t i = 0; i < std::min(files.size(), shown); ++i) text += (i ? ", " : "") + printable(files[i]);
  return files.size() > shown ? fmt::format("{} and {} more", text, files.size() - shown) : text;
}

/// Metrics of a run but those of one class or target.
std::vector<std::string> plain_metrics(const ComparedRun& run) {
  std::vector<std::string> names;
  for (const auto& [name, value] : run.metrics)
    if (name.find('[') == std::string::npos) names.push_back(name);
  return names;
}

std::vector<std::string> splits_of(std::span<const ComparedRun> runs) {
  std::vector<std::string> splits{"test", "val", "train"};
  for (const ComparedRun& run : runs)
    for (const auto& [name, value] : run.metrics)
      if (const std::string split = split_of(name);
          !split.empty() && std::find(splits.begin(), splits.end(), split) == splits.end())
        splits.push_back(split);
  return splits;
}

[[noreturn]] void missing(std::span<const ComparedRun> runs, const std::string& name) {
  std::vector<std::string> without, known;
  for (const ComparedRun& run : runs) {
    if (!value_of(run, name)) without.push_back(run.file);
    for (const std::string& other : plain_metrics(run))
      if (std::find(known.begin(), known.end(), other) == known.end()) known.push_back(other);
  }
  if (without.size() == runs.size()) {
    std::vector<std::string> plain;  // a name that was mistyped without its split
    for (const std::string& one : known) plain.push_back(one.substr(one.find('.') + 1));
    throw UsageError("--metric: " + unknown_name("metric", name, nearest(name, plain).empty() ? known : plain));
  }
  if (without.empty())
    throw Error("the runs have " + name + " of different splits: name one, as test." + name +
                ", or give --allow-mixed");
  throw Error(fmt::format("no {} in {}", printable(name), some_of(without)));
}

/// The name with the split that all runs have; empty when there is none.
std::string with_split(std::span<const ComparedRun> runs, const std::string& name) {
  std::vector<std::string> candidates{name};
  for (const std::string& split : splits_of(runs)) candidates.push_back(split + "." + name);
  for (const std::string& one : candidates)
    if (std::all_of(runs.begin(), runs.end(), [&](const ComparedRun& run) { return run.metric(one); })) return one;
  return {};
}

[[noreturn]] void same_run(const std::string& a, const std::string& b) {
  throw Error(printable(a) + " and " + printable(b) +
              " hold the same run: a copy is no second run, and the same training once more is none; leave one of them "
              "out");
}

bool any_split(std::span<const ComparedRun> runs, const std::string& name) {
  return std::all_of(runs.begin(), runs.end(), [&](const ComparedRun& run) { return value_of(run, name); });
}

}  // namespace

const double* value_of(const ComparedRun& run, const std::string& metric) {
  if (const double* value = run.metric(metric)) return value;
  if (!split_of(metric).empty()) return nullptr;
  for (const char* split : {"test.", "val.", "train."})
    if (const double* value = run.metric(split + metric)) return value;
  for (const auto& [name, value] : run.metrics)
    if (const std::string split = split_of(name); !split.empty() && name == split + "." + metric) return &value;
  return nullptr;
}

void check_runs(std::span<const ComparedRun> runs) {
  if (runs.empty()) throw UsageError("no files: nn-compare FILE...");
  std::map<std::string, std::string> files, contents;
  for (const ComparedRun& run : runs) {
    if (run.kind != runs[0].kind)
      throw Error(fmt::format("{} is a {} file, {} a {} file: compare files of one kind", printable(runs[0].file),
                              runs[0].kind, printable(run.file), run.kind));
    std::error_code error;
    const std::string place = std::filesystem::weakly_canonical(run.file, error).string();
    if (const auto [at, is_new] = files.emplace(place, run.file); !is_new)
      throw UsageError(at->second == run.file ? printable(run.file) + " is given twice: each run counts once"
                                              : printable(at->second) + " and " + printable(run.file) +
                                                    " are one file: each run counts once");
    std::string identity = run.identity;  // other threads may give the same, in other seconds
    for (const char* key : {"device", "isa", "threads", "version"}) identity += "\n" + key_value(run, key);
    if (const auto [at, is_new] = contents.emplace(identity, run.file); !is_new) same_run(at->second, run.file);
  }
}

void check_copies(std::span<const ComparedRun> runs, const Grouping& grouping) {
  for (const Group& group : grouping.groups) {
    std::map<std::string, std::string> contents;
    for (const size_t i : group.runs)
      if (const auto [at, is_new] = contents.emplace(runs[i].identity, runs[i].file); !is_new)
        same_run(at->second, runs[i].file);
  }
}

std::string other_data_note(std::span<const ComparedRun> runs, const Grouping& grouping) {
  if (runs[0].kind == "model" || std::ranges::find(grouping.keys, "data") != grouping.keys.end()) return {};
  std::vector<std::pair<std::string, std::vector<std::string>>> data;
  for (const ComparedRun& run : runs) {
    const std::string* sum = run.key("data");
    if (!sum) continue;
    auto at = std::ranges::find_if(data, [&](const auto& known) { return known.first == *sum; });
    if (at == data.end()) at = data.insert(at, {*sum, {}});
    at->second.push_back(run.file);
  }
  if (data.size() < 2) return {};
  std::string text;
  for (const auto& [sum, files] : data) text += (text.empty() ? "" : "; ") + sum + ": " + some_of(files);
  return "The models were trained on different data (" + text + ").";
}

std::string split_of_classes(std::span<const ComparedRun> runs, const std::string& asker) {
  for (const ComparedRun& run : runs) {
    if (value_of(run, "accuracy")) continue;
    const bool has_numbers = value_of(run, "rmse") || (run.predictions && run.predictions->predicted.empty());
    throw Error(printable(run.file) + ": " +
                (has_numbers       ? "its outputs are numbers and no classes, which " + asker + " is of"
                 : run.predictions ? "the predictions have no labels beside them"
                                   : "no accuracy, and no results by class for " + asker));
  }
  const std::string metric = with_split(runs, "accuracy");
  if (!metric.empty()) return split_of(metric);
  std::string splits;
  for (const std::string& split : splits_of(runs))
    for (const ComparedRun& run : runs)
      if (run.metric(split + ".accuracy")) {
        splits += (splits.empty() ? "" : "; ") + split + ": " + printable(run.file);
        break;
      }
  throw Error(asker + ": the files have no split in common (" + splits + "); it is of the samples of one split");
}

void check_classes(std::span<const ComparedRun> runs) {
  for (const ComparedRun& run : runs) {
    const std::vector<std::string>&a = runs[0].outputs, &b = run.outputs;
    if (a == b) continue;
    const auto at = static_cast<size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
    const std::string why = a.size() != b.size()
                                ? fmt::format("{} and {} of them", a.size(), b.size())
                                : fmt::format("class {} is {} and {}", at, printable(a[at]), printable(b[at]));
    throw Error(printable(runs[0].file) + " and " + printable(run.file) + " are of other classes: " + why);
  }
}

std::vector<std::string> metrics_asked(std::span<const ComparedRun> runs, const std::vector<std::string>& names,
                                       bool allow_mixed) {
  std::vector<std::string> metrics;
  for (const std::string& name : names) {
    std::string found = with_split(runs, name);
    if (found.empty() && allow_mixed && any_split(runs, name)) found = name;
    if (found.empty()) missing(runs, name);
    if (std::find(metrics.begin(), metrics.end(), found) == metrics.end()) metrics.push_back(found);
  }
  if (!names.empty()) return metrics;
  for (const char* name : {"accuracy", "rmse", "loss"}) {
    if (const std::string found = with_split(runs, name); !found.empty()) return {found};
    if (!any_split(runs, name)) continue;
    if (!allow_mixed) missing(runs, name);
    return {name};
  }
  for (const ComparedRun& run : runs)
    if (!value_of(run, "accuracy") && !value_of(run, "rmse") && !value_of(run, "loss"))
      throw Error(printable(run.file) + ": no results: " +
                  (run.kind == "model" ? "the model has no history, as one that was converted or not trained"
                                       : "the predictions have no labels or targets beside them"));
  missing(runs, "accuracy");
}

void check_data(std::span<const ComparedRun> runs, const std::vector<std::string>& metrics, bool allow_mixed) {
  if (allow_mixed) return;
  std::set<std::string> splits;  // of a metric without one, as seconds, all
  for (const std::string& metric : metrics)
    for (const ComparedRun& run : runs)
      for (const auto& [split, sum] : run.samples)
        if (split_of(metric).empty() || split_of(metric) == split) splits.insert(split);
  for (const std::string& split : splits) {
    const ComparedRun* first = nullptr;
    for (const ComparedRun& run : runs) {
      const auto sum = run.samples.find(split);
      if (sum == run.samples.end() || sum->second.empty()) continue;
      if (!first) first = &run;
      if (first->samples.at(split) == sum->second) continue;
      throw Error(fmt::format("{} and {} are of different data: {}; if that is meant, give --allow-mixed",
                              printable(first->file), printable(run.file),
                              run.kind == "model" ? "the datasets that they were trained on differ"
                                                  : "they were measured on other samples of " + printable(split)));
    }
  }
}

std::vector<std::pair<size_t, size_t>> pairs_of(std::span<const ComparedRun> runs, const Group& x, const Group& y,
                                                const std::vector<std::string>& keys, bool* other) {
  const auto by_key = [&](const Group& group) {
    std::map<std::vector<std::string>, size_t> places;
    for (const size_t i : group.runs) {
      std::vector<std::string> values;
      for (const std::string& key : keys) values.push_back(key_value(runs[i], key));
      places.emplace(values, i);
    }
    return places;
  };
  const auto of_x = by_key(x), of_y = by_key(y);
  std::vector<std::pair<size_t, size_t>> pairs;
  if (of_x.size() != x.runs.size() || of_y.size() != y.runs.size() || keys.empty()) return pairs;
  for (const auto& [values, i] : of_x)
    if (const auto at = of_y.find(values); at != of_y.end()) pairs.emplace_back(i, at->second);
  if (pairs.size() == x.runs.size() && pairs.size() == y.runs.size()) return pairs;
  if (other) *other = true;
  return {};
}

}  // namespace nn
