// SPDX-License-Identifier: MIT
// What a comparison says, in sentences.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "results/compare/comparison_page.h"
#include "results/compare/digits.h"

namespace nn {
namespace {

/// What one difference says.
class Sentence {
 public:
  Sentence(const Comparison& all, const MetricComparison& metric, size_t g)
      : all_(all),
        metric_(metric),
        d_(*metric.differences[g]),
        group_(all.grouping.clear_name(g)),
        base_(all.grouping.clear_name(*all.baseline)) {
    n_ = metric.groups[g].summary.n, m_ = metric.groups[*all.baseline].summary.n;
    const double half = (d_.interval.high - d_.interval.low) / 2;
    digits_ = decimals_for(std::vector<double>{d_.mean.difference}, std::vector<double>{half});
  }

  /// Too few runs for any test.
  bool is_of_one_run() const {
    const int64_t few = d_.paired ? d_.pairs : std::min(n_, m_);
    return few < 2 && std::min(n_, m_) > 0;
  }

  std::string text() const {
    std::string head = metric_.name + ", " + group_ + " against " + base_ + ": ";
    if (std::min(n_, m_) < 1) return head + "there is nothing to compare, a group has no run with a number.";
    // The means of the groups are of all their runs.
    if (d_.paired && d_.pairs < std::max(n_, m_))
      head += fmt::format("over the {} pairs in which both have a number, ", d_.pairs);
    if (std::isnan(d_.mean.p)) return head + without_spread();
    return head + (d_.mean_holm < 1 - all_.level ? shown() : not_shown());
  }

 private:
  std::string runs_text() const {
    if (d_.paired) return fmt::format("{} pairs of runs", d_.pairs);
    return n_ == m_ ? fmt::format("{} runs a group", n_) : fmt::format("{} runs and {}", n_, m_);
  }
  std::string size() const { return fixed_text(std::fabs(d_.mean.difference), digits_); }

  std::string without_spread() const {
    if (d_.mean.difference == 0) return "the runs are equal.";
    return "there is no test, since " +
           std::string(d_.paired ? "all pairs differ by the same" : "the runs of each group are equal") +
           ": does the seed have an effect?";
  }
  std::string shown() const {
    const bool better = (d_.mean.difference > 0) != metric_.smaller_is_better;
    // The interval points where the words do: "better by 0.5 (0.4 to 0.6)" of a loss, too.
    const bool turned = d_.mean.difference < 0;
    const stats::Interval along = turned ? stats::Interval{-d_.interval.high, -d_.interval.low} : d_.interval;
    return fmt::format("{} by {} ({}), {} after Holm's correction.", better ? "better" : "worse", size(),
                       interval_text(along, digits_), p_sentence(d_.mean_holm));
  }
  std::string not_shown() const {
    std::string text = fmt::format("{} do not show a difference ({}{}).", runs_text(), p_sentence(d_.mean_holm),
                                   d_.mean_holm == d_.mean.p ? "" : " after Holm's correction");
    if (d_.runs_needed > stats::most_runs || d_.runs_needed == 0) return text;
    if (d_.mean.p < 1 - all_.level) text += fmt::format(" Its own p is {}.", p_text(d_.mean.p));
    return text + fmt::format(
                      " If it is of the size seen, {}, about {} seeds a group would show it in 4 of 5 "
                      "experiments.",
                      size(), d_.runs_needed);
  }

  const Comparison& all_;
  const MetricComparison& metric_;
  const Difference& d_;
  std::string group_, base_;
  int64_t n_, m_;  ///< runs of both with a number
  int digits_;
};

std::string of_one_run(const Comparison& all, const std::string& metric, const std::vector<std::string>& groups) {
  constexpr size_t named = 3;
  std::string names;
  for (const std::string& group : groups) names += (names.empty() ? "" : "; ") + group;
  if (groups.size() > named) names = fmt::format("{} groups", groups.size());
  return fmt::format(
      "{}: nothing can be said of how {} {} from {}: one run shows no spread; 5 seeds or more are usual.", metric,
      names, groups.size() > 1 ? "differ" : "differs", all.grouping.clear_name(*all.baseline));
}

std::string tests_note(const Comparison& all) {
  bool pairs = false, groups = false;
  for (const MetricComparison& metric : all.metrics)
    for (const auto& d : metric.differences)
      if (d && !std::isnan(d->mean.p)) (d->paired ? pairs : groups) = true;
  std::string keys;
  for (const std::string& key : all.paired_by) keys += (keys.empty() ? "" : ", ") + key;
  if (!pairs && !groups) return {};
  const std::string of_pairs = "paired t and Wilcoxon's test (paired by " + keys + ")",
                    of_groups = "Welch's t and Mann-Whitney's test (not paired)";
  return "Tests: " +
         (pairs && groups ? of_pairs + ", without pairs " + of_groups
          : pairs         ? of_pairs
                          : of_groups) +
         "; better: probability that a run is better than one of the baseline; g: effect size of Hedges.";
}

/// Rank tests of so few runs that they cannot show anything, each once.
std::vector<std::string> rank_notes(const Comparison& all) {
  std::vector<std::string> notes;
  const auto add = [&](const std::string& what, double log_arrangements) {
    const double least = std::exp(std::log(2.0) - log_arrangements);
    const std::string note = fmt::format("{} cannot give a p below {:.3g}.", what, std::min(1.0, least));
    if (least > 1 - all.level && std::find(notes.begin(), notes.end(), note) == notes.end()) notes.push_back(note);
  };
  for (const MetricComparison& metric : all.metrics)
    for (size_t g = 0; g < metric.differences.size(); ++g) {
      const auto& d = metric.differences[g];
      if (!d || !d->rank.is_exact || std::isnan(d->mean.p)) continue;
      const int64_t n = metric.groups[g].summary.n, m = metric.groups[*all.baseline].summary.n;
      const auto x = static_cast<double>(n), y = static_cast<double>(m);
      if (d->paired)
        add(fmt::format("Wilcoxon's test of {} pairs", d->pairs), static_cast<double>(d->pairs) * std::log(2.0));
      else
        add(fmt::format("Mann-Whitney's test of {} and {} runs", n, m),
            std::lgamma(x + y + 1) - std::lgamma(x + 1) - std::lgamma(y + 1));
    }
  return notes;
}

/// Groups of one run, where no sentence on a difference says it.
std::vector<std::string> lone_runs(const Comparison& all) {
  std::vector<std::string> notes;
  for (const MetricComparison& metric : all.metrics)
    for (const GroupResult& group : metric.groups)
      if (!all.baseline && group.summary.n == 1)
        notes.push_back(metric.name + ": one run shows no spread, and no interval can be given.");
  return notes;
}

}  // namespace

std::vector<std::string> comparison_notes(const Comparison& all) {
  std::vector<std::string> notes;
  for (const MetricComparison& metric : all.metrics) {
    std::vector<std::string> alone;
    for (size_t g = 0; g < metric.differences.size(); ++g) {
      if (!metric.differences[g]) continue;
      const Sentence sentence(all, metric, g);
      sentence.is_of_one_run() ? alone.push_back(all.grouping.clear_name(g)) : notes.push_back(sentence.text());
    }
    if (!alone.empty()) notes.push_back(of_one_run(all, metric.name, alone));
  }
  for (const auto& more : {rank_notes(all), lone_runs(all)}) notes.insert(notes.end(), more.begin(), more.end());
  if (all.samples)
    notes.emplace_back(
        "The bootstrap over samples and McNemar's test ask whether these networks differ on more samples like "
        "these; tests of runs ask whether the ways to train them differ.");
  notes.insert(notes.end(), all.notes.begin(), all.notes.end());
  if (const std::string tests = tests_note(all); !tests.empty()) notes.push_back(tests);
  return notes;
}

}  // namespace nn
