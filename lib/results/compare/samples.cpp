// SPDX-License-Identifier: MIT
#include "results/compare/samples.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/log.h"
#include "base/rng.h"
#include "results/compare/comparison.h"
#include "results/evaluation.h"
#include "results/stats/tests.h"

namespace nn {
namespace {

[[noreturn]] void differ(const ComparedRun& a, const ComparedRun& b, const std::string& what) {
  throw Error(
      fmt::format("{} and {} cannot be compared sample by sample: {}", printable(a.file), printable(b.file), what));
}

/// 1 where the class is right; of targets the mean square of a sample's errors.
std::vector<double> scores_of(const Predictions& p) {
  std::vector<double> scores(p.sample.size());
  const auto k = static_cast<size_t>(p.classes);
  for (size_t i = 0; i < scores.size(); ++i) {
    if (!p.predicted.empty()) {
      scores[i] = p.predicted[i] == p.labels[i] ? 1 : 0;
      continue;
    }
    for (size_t t = 0; t < k; ++t) {
      const double error = double{p.probability[i * k + t]} - double{p.targets[i * k + t]};
      scores[i] += error * error / static_cast<double>(k);
    }
  }
  return scores;
}

/// Percentiles of the means of all columns, each with the same drawn rows.
std::vector<stats::Interval> bootstrap_rows(const std::vector<std::vector<double>>& columns, size_t rows,
                                            const stats::Bootstrap& how) {
  Philox stream(how.seed, "bootstrap-samples");
  std::vector<uint32_t> words(rows);
  std::vector<std::vector<double>> means(columns.size(), std::vector<double>(static_cast<size_t>(how.resamples)));
  for (size_t b = 0; b < static_cast<size_t>(how.resamples); ++b) {
    stream.words(words);
    // A word times the rows, its upper half: uneven by less than rows / 2^32.
    for (uint32_t& word : words) word = static_cast<uint32_t>((uint64_t{word} * rows) >> 32);
    for (size_t c = 0; c < columns.size(); ++c) {
      double sum = 0;
      for (const uint32_t row : words) sum += columns[c][row];
      means[c][b] = sum / static_cast<double>(rows);
    }
  }
  std::vector<stats::Interval> intervals;
  for (std::vector<double>& one : means) {
    std::sort(one.begin(), one.end());
    intervals.push_back({stats::quantile(one, (1 - how.level) / 2), stats::quantile(one, (1 + how.level) / 2)});
  }
  return intervals;
}

std::vector<double> mean_scores(const std::vector<std::vector<double>>& scores, const Group& group) {
  std::vector<double> mean(scores[0].size());
  for (const size_t run : group.runs)
    for (size_t i = 0; i < mean.size(); ++i) mean[i] += scores[run][i] / static_cast<double>(group.runs.size());
  return mean;
}

std::vector<SampleTest> mcnemar_tests(const std::vector<std::vector<double>>& scores, std::span<const ComparedRun> runs,
                                      const std::vector<std::pair<size_t, size_t>>& pairs) {
  std::vector<SampleTest> tests;
  for (const auto& [run, base] : pairs) {
    SampleTest test{runs[run].file, runs[base].file};
    for (size_t i = 0; i < scores[run].size(); ++i) {
      test.only_group += scores[run][i] > scores[base][i] ? 1 : 0;
      test.only_baseline += scores[run][i] < scores[base][i] ? 1 : 0;
    }
    test.p = stats::mcnemar(test.only_group, test.only_baseline).p;
    tests.push_back(test);
  }
  return tests;
}

void correct(std::vector<std::optional<SampleDifference>>& groups) {
  std::vector<double> p;
  std::vector<SampleTest*> all;
  for (auto& group : groups) {
    if (!group) continue;
    for (SampleTest& test : group->tests) all.push_back(&test), p.push_back(test.p);
  }
  const std::vector<double> corrected = stats::holm(p);
  for (size_t i = 0; i < all.size(); ++i) all[i]->p_holm = corrected[i];
}

}  // namespace

void check_same_samples(const ComparedRun& a, const ComparedRun& b) {
  const Predictions &p = *a.predictions, &q = *b.predictions;
  if (p.split != q.split) differ(a, b, "they are of the splits " + printable(p.split) + " and " + printable(q.split));
  if (!p.samples_sum.empty() && !q.samples_sum.empty() && p.samples_sum != q.samples_sum)
    differ(a, b, "they are of different data");
  if (p.sample != q.sample) differ(a, b, "they are of other rows, or in another order");
  if (p.classes != q.classes || p.predicted.empty() != q.predicted.empty() || a.outputs != b.outputs)
    differ(a, b, fmt::format("their outputs are not the same, there are {} and {}", p.classes, q.classes));
  if (!p.labels.empty() && !q.labels.empty() && p.labels != q.labels) differ(a, b, "their labels are not the same");
  if (!p.targets.empty() && !q.targets.empty() && p.targets != q.targets)
    differ(a, b, "their targets are not the same");
}

SampleComparison compare_samples(std::span<const ComparedRun> runs, const Grouping& grouping, size_t baseline,
                                 std::span<const std::vector<std::pair<size_t, size_t>>> pairs,
                                 const stats::Bootstrap& how) {
  const bool classes = !runs[0].predictions->predicted.empty();
  SampleComparison all{classes ? "accuracy" : "mse", static_cast<int64_t>(runs[0].predictions->sample.size()), {}};
  std::vector<std::vector<double>> scores, changes;
  for (const ComparedRun& run : runs) check_same_samples(runs[0], run), scores.push_back(scores_of(*run.predictions));
  const std::vector<double> base = mean_scores(scores, grouping.groups[baseline]);
  for (size_t g = 0; g < grouping.groups.size(); ++g) {
    all.groups.emplace_back();
    if (g == baseline) continue;
    changes.push_back(mean_scores(scores, grouping.groups[g]));
    for (size_t i = 0; i < base.size(); ++i) changes.back()[i] -= base[i];
    all.groups.back() = SampleDifference{stats::mean_of(changes.back()), {}, {}};
    if (classes) all.groups.back()->tests = mcnemar_tests(scores, runs, pairs[g]);
  }
  const std::vector<stats::Interval> intervals = bootstrap_rows(changes, base.size(), how);
  for (size_t g = 0, c = 0; g < all.groups.size(); ++g)
    if (all.groups[g]) all.groups[g]->interval = intervals[c++];
  correct(all.groups);
  return all;
}

Equality compare_predictors(const ComparedRun& a, const ComparedRun& b, double tolerance) {
  check_same_samples(a, b);
  const Predictions &p = *a.predictions, &q = *b.predictions;
  Equality e{a.file, b.file, static_cast<int64_t>(p.sample.size()), p.classes, 0, 0, tolerance, 0, 0, ""};
  for (size_t i = 0; i < p.predicted.size(); ++i) e.other_classes += p.predicted[i] != q.predicted[i] ? 1 : 0;
  size_t where = 0;
  for (size_t i = 0; i < p.probability.size(); ++i) {
    const double difference = std::fabs(double{p.probability[i]} - double{q.probability[i]});
    e.beyond += difference > tolerance ? 1 : 0;
    if (difference > e.most) e.most = difference, where = i;
  }
  const auto k = static_cast<size_t>(p.classes);
  e.sample = p.sample[where / k];
  e.output = name_or_number(a.outputs, static_cast<int64_t>(where % k));
  return e;
}

ConfusionDifference confusion_difference(std::span<const ComparedRun> runs, const Grouping& grouping, size_t baseline,
                                         const std::string& split) {
  if (grouping.groups.size() != 2)
    throw UsageError(
        fmt::format("--confusion compares two groups, found {}: choose them with --group-by, or name fewer "
                    "files",
                    grouping.groups.size()));
  check_classes(runs);
  const Group &group = grouping.groups[1 - baseline], &base = grouping.groups[baseline];
  ConfusionDifference all{split, grouping.clear_name(1 - baseline), grouping.clear_name(baseline), runs[0].outputs, {},
                          {}};
  const auto add = [&](const Group& of, std::vector<double>& sum) {
    for (const size_t i : of.runs) {
      const auto m = std::find_if(runs[i].measured.begin(), runs[i].measured.end(),
                                  [&](const Metrics& one) { return one.split == split; });
      if (m == runs[i].measured.end() || m->confusion.empty())
        throw Error(printable(runs[i].file) + ": no confusion matrix of " + printable(split) +
                    (runs[i].kind == "model" ? ": a model has none, take metrics of nn-eval or predictions" : ""));
      if (sum.empty()) sum.resize(m->confusion.size());
      if (sum.size() != m->confusion.size())
        throw Error(printable(runs[0].file) + " and " + printable(runs[i].file) +
                    " are of other classes: their number");
      for (size_t c = 0; c < sum.size(); ++c) sum[c] += static_cast<double>(m->confusion[c]);
    }
    for (double& one : sum) one /= static_cast<double>(of.runs.size());
  };
  add(base, all.of_baseline), add(group, all.of_group);
  if (all.of_group.size() != all.of_baseline.size())
    throw Error(printable(all.group) + " and " + printable(all.baseline) + " are of other classes: their number");
  return all;
}

}  // namespace nn
