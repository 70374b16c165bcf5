// SPDX-License-Identifier: MIT
#include "train/metrics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace nn {
namespace {

constexpr size_t calibration_bins = 15;

double over(double part, double whole) { return whole > 0 ? part / whole : 0; }
double over(int64_t part, int64_t whole) { return over(static_cast<double>(part), static_cast<double>(whole)); }

/// Mean of the areas that are defined; NaN when there are none.
class MeanArea {
 public:
  void add(double area) {
    if (!std::isnan(area)) sum_ += area, ++counted_;
  }
  double value() const { return counted_ > 0 ? sum_ / static_cast<double>(counted_) : not_measured; }

 private:
  double sum_ = 0;
  int64_t counted_ = 0;
};

}  // namespace

Tally::Tally(Decision decision, int64_t classes, int k) : Tally(decision, classes, k, Keep()) {}

Tally::Tally(Decision decision, int64_t classes, int k, const Keep& keep) : decision_(decision), classes_(classes), keep_(keep) {
  sums_.k = static_cast<int>(std::min<int64_t>(k, std::max<int64_t>(classes_, 1)));
  reset();
}

void Tally::reset() {
  const int k = sums_.k;
  sums_ = Metrics();
  sums_.k = k;
  sums_.independent = decision_ == Decision::independent;
  const int64_t columns = keep_.classes ? std::max(classes_, sums_.independent ? keep_.targets : 0) : 0;
  sums_.support.assign(static_cast<size_t>(columns), 0);
  sums_.predicted = right_ = sums_.support;
  sums_.confusion.assign(static_cast<size_t>(keep_.confusion ? classes_ * classes_ : 0), 0);
  bins_.assign(keep_.classes ? calibration_bins : 0, {});
  targets_.assign(static_cast<size_t>(keep_.targets), {});
  sample_sums_ = {};
  hits_ = top_hits_ = exact_ = seen_ = 0;
  binary_ = true;
  scores_.clear(), score_labels_.clear(), score_targets_.clear();
}

void Tally::add(std::span<const float> outputs, std::span<const int32_t> labels, std::span<const double> losses, std::span<const float> targets) {
  sums_.n += static_cast<int64_t>(losses.size());
  for (double loss : losses) sums_.loss += loss;
  if (!targets.empty()) {
    const size_t width = targets_.size();
    for (size_t i = 0; i < losses.size() && width > 0; ++i)
      sums_.independent ? add_independent(outputs.subspan(i * width, width), targets.subspan(i * width, width))
                        : add_targets(outputs.subspan(i * width, width), targets.subspan(i * width, width));
  }
  if (labels.empty() || classes_ == 0) return;
  sums_.has_labels = true;
  const size_t width = outputs.size() / labels.size();
  for (size_t i = 0; i < labels.size(); ++i) {
    const std::span<const float> mine = outputs.subspan(i * width, width);
    const int32_t found = decide(mine, decision_);
    if (found < 0) continue;
    hits_ += found == labels[i];
    top_hits_ += width == 1 ? found == labels[i] || sums_.k > 1 : within_top(mine, labels[i], sums_.k);
    if (keep_.classes) add_class(mine, labels[i], found);
  }
}

void Tally::add_class(std::span<const float> outputs, int32_t label, int32_t found) {
  ++sums_.support[static_cast<size_t>(label)];
  ++sums_.predicted[static_cast<size_t>(found)];
  right_[static_cast<size_t>(label)] += label == found;
  if (keep_.confusion) ++sums_.confusion[static_cast<size_t>(label * classes_ + found)];
  probability_.resize(outputs.size());
  probabilities(outputs, decision_, probability_);
  if (keep_.scores) {
    scores_.insert(scores_.end(), probability_.begin(), probability_.end());
    score_labels_.push_back(label);
  }
  if (decision_ == Decision::largest) return;  // outputs that are no probabilities have no calibration
  double confidence = outputs.size() == 1 ? double{probability_[0]} : double{probability_[static_cast<size_t>(found)]};
  if (outputs.size() == 1 && found == 0) confidence = 1 - confidence;
  const double place = std::ceil(confidence * static_cast<double>(bins_.size())) - 1;
  Bin& bin = bins_[static_cast<size_t>(std::clamp(place, 0.0, static_cast<double>(bins_.size() - 1)))];
  ++bin.n;
  bin.hits += label == found;
  bin.confidence += confidence;
}

void Tally::add_targets(std::span<const float> outputs, std::span<const float> targets) {
  ++seen_;
  for (size_t j = 0; j < targets.size(); ++j) {
    Sums& sums = targets_[j];
    const double wanted = targets[j], error = double{outputs[j]} - wanted, from_mean = wanted - sums.mean;
    sums.error += std::abs(error);
    sums.square += error * error;
    sums.mean += from_mean / static_cast<double>(seen_);
    sums.spread += from_mean * (wanted - sums.mean);
  }
}

void Tally::add_independent(std::span<const float> outputs, std::span<const float> targets) {
  ++seen_;
  int64_t wanted = 0, found = 0, both = 0, wrong = 0;
  bool numbers = true;
  for (size_t j = 0; j < targets.size(); ++j) {
    const bool yes = outputs[j] > 0, is = targets[j] > 0.5F;
    binary_ = binary_ && (targets[j] == 0 || targets[j] == 1);
    numbers = numbers && !std::isnan(outputs[j]);
    wrong += yes != is || std::isnan(outputs[j]);
    wanted += is, found += yes, both += is && yes;
    if (!keep_.classes) continue;
    sums_.support[j] += is;
    sums_.predicted[j] += yes;
    right_[j] += is && yes;
  }
  hits_ += static_cast<int64_t>(targets.size()) - wrong;
  exact_ += wrong == 0;
  sample_sums_[0] += over(static_cast<double>(both), static_cast<double>(found));
  sample_sums_[1] += over(static_cast<double>(both), static_cast<double>(wanted));
  sample_sums_[2] += over(2 * static_cast<double>(both), static_cast<double>(wanted + found));
  if (!keep_.scores || !numbers) return;
  probability_.resize(outputs.size());
  probabilities(outputs, decision_, probability_);
  scores_.insert(scores_.end(), probability_.begin(), probability_.end());
  score_targets_.insert(score_targets_.end(), targets.begin(), targets.end());
}

Metrics Tally::metrics(const std::string& split) const {
  Metrics m = sums_;
  m.split = split;
  m.loss /= static_cast<double>(m.n);
  if (m.has_labels) finish_classes(m);
  if (seen_ > 0) finish_targets(m);
  if (m.has_labels || (m.independent && seen_ > 0)) return m;
  m.confusion.clear(), m.support.clear(), m.predicted.clear();
  return m;
}

void Tally::finish_classes(Metrics& m) const {
  const double n = static_cast<double>(m.n);
  m.accuracy = static_cast<double>(hits_) / n;
  m.top_k = static_cast<double>(top_hits_) / n;
  if (!keep_.classes) return;
  finish_per_class(m, right_);
  if (decision_ != Decision::largest) {
    m.ece = 0;
    for (const Bin& bin : bins_) m.ece += std::abs(static_cast<double>(bin.hits) - bin.confidence) / n;
  }
  if (score_labels_.empty()) return;
  const size_t width = scores_.size() / score_labels_.size();
  MeanArea mean;
  std::vector<float> column(score_labels_.size());
  std::vector<bool> positive(score_labels_.size());
  for (size_t c = 0; c < width; ++c) {
    const int32_t asked = width == 1 ? 1 : static_cast<int32_t>(c);
    if (width == 2 && c == 0) continue;  // of two classes the curve of the second, as scikit-learn has it
    for (size_t i = 0; i < column.size(); ++i) column[i] = scores_[i * width + c], positive[i] = score_labels_[i] == asked;
    mean.add(area_under_curve(column, positive));
  }
  m.auc = mean.value();
  m.has_auc = true;
}

void Tally::finish_targets(Metrics& m) const {
  const double n = static_cast<double>(seen_), width = static_cast<double>(targets_.size());
  if (!m.independent) {
    for (const Sums& t : targets_) {
      m.mae.push_back(t.error / n);
      m.rmse.push_back(std::sqrt(t.square / n));
      m.r2.push_back(t.spread > 0 ? 1 - t.square / t.spread : t.square > 0 ? 0 : 1);
      if (seen_ < 2) m.r2.back() = not_measured;
    }
    return;
  }
  m.accuracy = static_cast<double>(hits_) / (n * width);
  m.exact_match = static_cast<double>(exact_) / n;
  if (!keep_.classes || !binary_) {
    m.support.clear(), m.predicted.clear();
    return;
  }
  finish_per_class(m, right_);
  for (const double sum : sample_sums_) m.samples_mean.push_back(sum / n);
  if (m.has_two_sides()) average_two_sides(m);
  MeanArea mean;
  const size_t rows = score_targets_.size() / targets_.size();
  std::vector<float> column(rows);
  std::vector<bool> positive(rows);
  for (size_t c = 0; rows > 0 && c < targets_.size(); ++c) {
    for (size_t i = 0; i < rows; ++i) column[i] = scores_[i * targets_.size() + c], positive[i] = score_targets_[i * targets_.size() + c] > 0.5F;
    mean.add(area_under_curve(column, positive));
  }
  m.auc = mean.value();
  m.has_auc = rows > 0;
}

void per_class(Metrics& metrics, int64_t classes) {
  const size_t k = static_cast<size_t>(classes);
  std::vector<int64_t> right(k);
  metrics.support.assign(k, 0);
  metrics.predicted.assign(k, 0);
  for (size_t c = 0; c < k; ++c) {
    right[c] = metrics.confusion[c * k + c];
    for (size_t j = 0; j < k; ++j) metrics.support[c] += metrics.confusion[c * k + j], metrics.predicted[j] += metrics.confusion[c * k + j];
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

}  // namespace nn
