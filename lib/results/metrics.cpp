// SPDX-License-Identifier: MIT
#include "results/metrics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace nn {
namespace {

double over(double part, double whole) { return whole > 0 ? part / whole : 0; }
double over(int64_t part, int64_t whole) { return over(static_cast<double>(part), static_cast<double>(whole)); }

}  // namespace

void per_class(Metrics& metrics, int64_t classes) {
  const size_t k = static_cast<size_t>(classes);
  std::vector<int64_t> right(k);
  metrics.support.assign(k, 0);
  metrics.predicted.assign(k, 0);
  for (size_t c = 0; c < k; ++c) {
    right[c] = metrics.confusion[c * k + c];
    for (size_t j = 0; j < k; ++j)
      metrics.support[c] += metrics.confusion[c * k + j], metrics.predicted[j] += metrics.confusion[c * k + j];
  }
  finish_per_class(metrics, right);
}

void finish_per_class(Metrics& m, std::span<const int64_t> right) {
  const size_t k = right.size();
  for (auto* values : {&m.precision, &m.recall, &m.f1}) values->assign(k, 0);
  double f1 = 0, weighted = 0, recall = 0;
  int64_t there = 0, counted = 0, samples = 0;
  for (size_t c = 0; c < k; ++c) {
    m.precision[c] = over(right[c], m.predicted[c]);
    m.recall[c] = over(right[c], m.support[c]);
    m.f1[c] = over(2 * right[c], m.predicted[c] + m.support[c]);
    recall += m.recall[c], there += m.support[c] > 0;
    f1 += m.f1[c], counted += m.predicted[c] + m.support[c] > 0;
    weighted += m.f1[c] * static_cast<double>(m.support[c]);
    samples += m.support[c];
  }
  // An independent output without a yes, wanted or found, counts as 0.
  const double shared = static_cast<double>(m.independent ? static_cast<int64_t>(k) : counted);
  if (shared > 0) m.macro_f1 = f1 / shared;
  if (samples > 0 || m.independent) m.weighted_f1 = over(weighted, static_cast<double>(samples));
  if (there > 0 && !m.independent) m.balanced_accuracy = recall / static_cast<double>(there);
}

Metrics two_sides(const Metrics& m) {
  const int64_t right = std::llround(m.recall[0] * static_cast<double>(m.support[0]));
  Metrics both;
  both.n = m.n;
  both.accuracy = m.accuracy;
  both.support = {m.n - m.support[0], m.support[0]};
  both.predicted = {m.n - m.predicted[0], m.predicted[0]};
  finish_per_class(both, std::vector<int64_t>{m.n - m.support[0] - m.predicted[0] + right, right});
  return both;
}

void average_two_sides(Metrics& m) {
  const Metrics both = two_sides(m);
  m.macro_f1 = both.macro_f1;
  m.weighted_f1 = both.weighted_f1;
  m.balanced_accuracy = both.balanced_accuracy;
}

double area_under_curve(std::span<const float> scores, const std::vector<bool>& positive) {
  std::vector<uint32_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return scores[a] < scores[b]; });
  double below = 0, pairs = 0, positives = 0;  // negatives with a lower score; pairs in the right order
  for (size_t i = 0; i < order.size();) {
    double yes = 0, no = 0;
    const float score = scores[order[i]];
    for (; i < order.size() && scores[order[i]] == score; ++i) (positive[order[i]] ? yes : no) += 1;
    pairs += yes * (below + no / 2);
    below += no;
    positives += yes;
  }
  return positives > 0 && below > 0 ? pairs / (positives * below) : not_measured;
}

std::span<const ScalarMetric> scalar_metrics() {
  static constexpr ScalarMetric rows[] = {
      {.name = "accuracy",
       .words = "share of samples with the right class",
       .value = &Metrics::accuracy,
       .also = "acc categorical_accuracy sparse_categorical_accuracy accuracy_score"},
      {.name = "exact_match", .words = "share of samples with all outputs right", .value = &Metrics::exact_match},
      {.name = "balanced_accuracy", .words = "mean recall of the classes", .value = &Metrics::balanced_accuracy},
      {.name = "macro_f1", .words = "mean F1 of the classes", .value = &Metrics::macro_f1, .also = "f1 f1_score macro"},
      {.name = "weighted_f1",
       .words = "mean F1 of the classes, weighted by their samples",
       .value = &Metrics::weighted_f1},
      {.name = "auc",
       .words = "area under the ROC curve, one class against the rest, mean over the classes",
       .value = &Metrics::auc,
       .may_be_undefined = true},
      {.name = "ece",
       .words = "expected calibration error, 15 bins",
       .value = &Metrics::ece,
       .smaller_is_better = true},
      {.name = "cosine_similarity",
       .words = "mean cosine of the angle between the outputs of a sample and its targets",
       .value = &Metrics::cosine_similarity,
       .also = "cosine",
       .least = -1},
  };
  return rows;
}

std::span<const TargetMetric> target_metrics() {
  static constexpr TargetMetric rows[] = {
      {"mae", "mean absolute error", &Metrics::mae, "mean_absolute_error l1", true},
      {"rmse", "root of the mean squared error", &Metrics::rmse, "root_mean_squared_error", true},
      {"r2", "coefficient of determination", &Metrics::r2, "r2_score"},
  };
  return rows;
}

}  // namespace nn
