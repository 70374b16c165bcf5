// SPDX-License-Identifier: MIT
#include "results/compare/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "results/compare/sorting.h"

namespace nn {
namespace {

class Comparer {
 public:
  Comparer(std::span<const ComparedRun> runs, const ComparisonSettings& settings) : runs_(runs), settings_(settings) {}

  Comparison compare() {
    check_runs(runs_);
    const std::vector<std::string> names = metrics_asked(runs_, settings_.metrics, settings_.allow_mixed);
    check_data(runs_, names, settings_.allow_mixed);
    all_.level = settings_.bootstrap.level, all_.with_bootstrap = settings_.with_bootstrap;
    all_.grouping = group_runs(runs_, settings_.group_by);
    check_copies(runs_, all_.grouping);
    sort_groups(names);
    const size_t count = all_.grouping.groups.size();
    if (count > 1) all_.baseline = settings_.baseline.empty() ? 0 : find_group(all_.grouping, settings_.baseline);
    if (count == 1 && !settings_.baseline.empty())
      throw UsageError("--baseline: there is one group only, " + all_.grouping.groups[0].name());
    all_.paired_by = pairing_keys(runs_, all_.grouping);
    say_repeated();
    if (const std::string note = other_data_note(runs_, all_.grouping); !note.empty()) all_.notes.push_back(note);
    for (const Group& group : all_.grouping.groups) all_.costs.push_back(cost_of(group));
    for (const std::string& name : names) all_.metrics.push_back(compare(name));
    correct();
    if (settings_.with_tests && runs_[0].kind == "predictions" && all_.baseline && !settings_.allow_mixed)
      compare_predictions();
    return std::move(all_);
  }

 private:
  /// Values of the runs of a group that have a number, and their strata: the keys that vary inside but the seed.
  struct Values {
    std::vector<double> values;
    std::vector<int64_t> strata;
  };

  std::string name_of(size_t group) const { return all_.grouping.clear_name(group); }

  double mean_of(const Group& group, const std::string& metric) const {
    double sum = 0, n = 0;
    for (const size_t i : group.runs)
      if (const double* v = value_of(runs_[i], metric); v && std::isfinite(*v)) sum += *v, n += 1;
    return n > 0 ? sum / n : not_measured;
  }
  GroupCost cost_of(const Group& group) const {
    return {mean_of(group, "parameters"), mean_of(group, "epochs"), mean_of(group, "seconds"),
            mean_of(group, "samples_per_second")};
  }

  void sort_groups(const std::vector<std::string>& names) {
    if (settings_.sort.empty()) return;
    const SortOrder order = sort_order(settings_.sort);
    auto& groups = all_.grouping.groups;
    const auto key = std::find(all_.grouping.keys.begin(), all_.grouping.keys.end(), order.name);
    if (key != all_.grouping.keys.end()) {
      const auto k = static_cast<size_t>(key - all_.grouping.keys.begin());
      std::stable_sort(groups.begin(), groups.end(), [&](const Group& a, const Group& b) {
        return order.reverse ? value_before(b.values[k], a.values[k]) : value_before(a.values[k], b.values[k]);
      });
      return;
    }
    const std::string metric = sort_metric(runs_, order.name, names, all_.grouping.keys, settings_.allow_mixed);
    const bool smaller = smaller_is_better(metric) != order.reverse;
    std::stable_sort(groups.begin(), groups.end(), [&](const Group& a, const Group& b) {
      return better_before(mean_of(a, metric), mean_of(b, metric), smaller);
    });
  }

  void say_repeated() {
    for (size_t g = 0; g < all_.grouping.groups.size(); ++g) {
      std::map<std::vector<std::string>, std::vector<size_t>> same;
      for (const size_t i : all_.grouping.groups[g].runs) {
        std::vector<std::string> values{key_value(runs_[i], "seed")};
        for (const std::string& key : all_.paired_by) values.push_back(key_value(runs_[i], key));
        same[values].push_back(i);
      }
      for (const auto& [values, runs] : same) {
        if (runs.size() < 2) continue;
        std::string files;
        for (const size_t i : runs) files += (files.empty() ? "" : ", ") + runs_[i].file;
        all_.notes.push_back(
            fmt::format("{}: seed {} stands in {} files ({}): they are counted as {} runs, and not paired.", name_of(g),
                        values[0], runs.size(), files, runs.size()));
      }
    }
  }

  Values values_of(const Group& group, const std::string& metric) const {
    Values found;
    std::map<std::vector<std::string>, int64_t> known;
    for (const size_t i : group.runs) {
      const double* value = value_of(runs_[i], metric);
      if (!std::isfinite(*value)) continue;
      std::vector<std::string> stratum;
      for (const std::string& key : all_.paired_by)
        if (key != "seed") stratum.push_back(key_value(runs_[i], key));
      found.values.push_back(*value);
      found.strata.push_back(known.emplace(stratum, known.size()).first->second);
    }
    return found;
  }

  MetricComparison compare(const std::string& name) {
    MetricComparison metric{name, smaller_is_better(name), {}, {}};
    for (size_t g = 0; g < all_.grouping.groups.size(); ++g) {
      const Group& group = all_.grouping.groups[g];
      const Values x = values_of(group, name);
      GroupResult& result = metric.groups.emplace_back();
      result.summary = stats::summarize(x.values);
      result.interval = settings_.with_bootstrap ? stats::bootstrap_mean(x.values, x.strata, settings_.bootstrap)
                                                 : stats::t_interval(result.summary, all_.level);
      for (const size_t i : group.runs)
        if (!std::isfinite(*value_of(runs_[i], name))) result.failed.push_back(runs_[i].file);
      if (!result.failed.empty()) all_.notes.push_back(failed_note(g, name, result.failed));
    }
    for (size_t g = 0; g < all_.grouping.groups.size(); ++g) {
      metric.differences.emplace_back();
      if (settings_.with_tests && all_.baseline && g != *all_.baseline) metric.differences.back() = difference(g, name);
    }
    return metric;
  }

  std::string failed_note(size_t g, const std::string& name, const std::vector<std::string>& failed) const {
    std::string files;
    for (size_t i = 0; i < failed.size(); ++i) files += (i ? ", " : "") + failed[i];
    return fmt::format("{}: {} of {} runs {} no number for {} and {} not in its statistics: {}.", name_of(g),
                       failed.size(), all_.grouping.groups[g].runs.size(), failed.size() == 1 ? "has" : "have", name,
                       failed.size() == 1 ? "is" : "are", files);
  }

  Difference difference(size_t g, const std::string& name) {
    const Group &group = all_.grouping.groups[g], &base = all_.grouping.groups[*all_.baseline];
    bool other = false;
    const auto pairs = pairs_of(runs_, group, base, all_.paired_by, &other);
    if (other) {
      const std::string key = all_.paired_by.front();
      const std::string note = fmt::format("{} and {} do not have the same {}: their runs are not paired.", name_of(g),
                                           name_of(*all_.baseline), key == "seed" ? "seeds" : key);
      if (std::find(all_.notes.begin(), all_.notes.end(), note) == all_.notes.end()) all_.notes.push_back(note);
    }
    Difference d;
    const Values x = values_of(group, name), y = values_of(base, name);
    const auto whole = static_cast<size_t>(std::ranges::count_if(pairs, [&](const auto& pair) {
      return std::isfinite(*value_of(runs_[pair.first], name)) && std::isfinite(*value_of(runs_[pair.second], name));
    }));
    // Runs without a number may leave too few pairs, and still enough runs of each group.
    d.paired = !pairs.empty() && (whole > 1 || whole == pairs.size());
    if (!pairs.empty() && !d.paired && std::min(x.values.size(), y.values.size()) > 1)
      all_.notes.push_back(
          fmt::format("{} and {} have {} in which both have a number for {}: their runs are not paired.", name_of(g),
                      name_of(*all_.baseline), whole ? "one pair" : "no pair", name));
    d.paired ? compare_pairs(pairs, name, d) : compare_groups(x, y, d);
    // One run says nothing of others.
    if ((d.paired ? static_cast<size_t>(d.pairs) : std::min(x.values.size(), y.values.size())) < 2) {
      d.rank = {};
      return d;
    }
    const double larger = stats::probability_larger(x.values, y.values);
    d.better = smaller_is_better(name) ? 1 - larger : larger;
    return d;
  }

  void compare_pairs(const std::vector<std::pair<size_t, size_t>>& pairs, const std::string& name,
                     Difference& d) const {
    std::vector<double> x, y, change;
    std::vector<int64_t> strata;
    std::map<std::vector<std::string>, int64_t> known;
    for (const auto& [i, j] : pairs) {
      const double a = *value_of(runs_[i], name), b = *value_of(runs_[j], name);
      if (!std::isfinite(a) || !std::isfinite(b)) continue;
      std::vector<std::string> stratum;
      for (const std::string& key : all_.paired_by)
        if (key != "seed") stratum.push_back(key_value(runs_[i], key));
      x.push_back(a), y.push_back(b), change.push_back(a - b);
      strata.push_back(known.emplace(stratum, known.size()).first->second);
    }
    d.pairs = static_cast<int64_t>(x.size());
    d.mean = stats::paired_t(x, y, all_.level), d.rank = stats::wilcoxon(x, y);
    d.effect = stats::paired_effect_size(x, y);
    d.interval =
        settings_.with_bootstrap ? stats::bootstrap_mean(change, strata, settings_.bootstrap) : d.mean.interval;
  }
  void compare_groups(const Values& x, const Values& y, Difference& d) const {
    d.mean = stats::welch_t(x.values, y.values, all_.level), d.rank = stats::mann_whitney(x.values, y.values);
    d.effect = stats::effect_size(x.values, y.values);
    d.interval = settings_.with_bootstrap
                     ? stats::bootstrap_difference(x.values, x.strata, y.values, y.strata, settings_.bootstrap)
                     : d.mean.interval;
  }

  void compare_predictions() {
    const auto& groups = all_.grouping.groups;
    const Group& base = groups[*all_.baseline];
    std::vector<std::vector<std::pair<size_t, size_t>>> pairs;
    for (const Group& group : groups)
      pairs.push_back(group.runs.size() == 1 && base.runs.size() == 1
                          ? std::vector{std::pair{group.runs[0], base.runs[0]}}
                          : pairs_of(runs_, group, base, all_.paired_by));
    all_.samples = compare_samples(runs_, all_.grouping, *all_.baseline, pairs, settings_.bootstrap);
  }

  /// Holm's correction over all differences of all metrics: the t tests are one family, the rank tests another.
  void correct() {
    std::vector<double> of_means, of_ranks;
    std::vector<Difference*> all;
    for (MetricComparison& metric : all_.metrics)
      for (auto& d : metric.differences)
        if (d) all.push_back(&*d), of_means.push_back(d->mean.p), of_ranks.push_back(d->rank.p);
    of_means = stats::holm(of_means), of_ranks = stats::holm(of_ranks);
    const auto tests =
        static_cast<double>(std::count_if(of_means.begin(), of_means.end(), [](double p) { return !std::isnan(p); }));
    for (size_t i = 0; i < all.size(); ++i) {
      Difference& d = *all[i];
      d.mean_holm = of_means[i], d.rank_holm = of_ranks[i];
      // The smallest p of the family has to be below this to count.
      if (std::isfinite(d.effect.cohen) && d.effect.cohen != 0 && tests > 0)
        d.runs_needed = stats::runs_needed(d.effect.cohen, d.paired, settings_.significance() / tests);
    }
  }

  std::span<const ComparedRun> runs_;
  const ComparisonSettings& settings_;
  Comparison all_;
};

}  // namespace

Comparison compare_runs(std::span<const ComparedRun> runs, const ComparisonSettings& settings) {
  return Comparer(runs, settings).compare();
}

}  // namespace nn
