// SPDX-License-Identifier: MIT
#include "results/accumulator.h"

#include <algorithm>
#include <cmath>

namespace nn {
namespace {

double part_of(double part, double whole) { return whole > 0 ? part / whole : 0; }

/// Cosine of the angle between two vectors; a length below 1e-7 counts as 1e-7, as in Keras: 0 for a vector of zeros.
double cosine(std::span<const float> a, std::span<const float> b) {
  double dot = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double x = double{a[i]}, y = double{b[i]};
    dot += x * y, aa += x * x, bb += y * y;
  }
  return dot / (std::max(std::sqrt(aa), 1e-7) * std::max(std::sqrt(bb), 1e-7));
}

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

MetricAccumulator::MetricAccumulator(OutputKind kind, int64_t classes, int k)
    : MetricAccumulator(kind, classes, k, Keep()) {}

MetricAccumulator::MetricAccumulator(OutputKind kind, int64_t classes, int k, const Keep& keep)
    : kind_(kind), classes_(classes), keep_(keep) {
  sums_.k = static_cast<int>(std::min<int64_t>(k, std::max<int64_t>(classes_, 1)));
  reset();
}

void MetricAccumulator::reset() {
  const int k = sums_.k;
  sums_ = Metrics();
  sums_.k = k;
  sums_.independent = kind_ == OutputKind::independent;
  const int64_t columns = keep_.classes ? std::max(classes_, sums_.independent ? keep_.targets : 0) : 0;
  sums_.support.assign(static_cast<size_t>(columns), 0);
  sums_.predicted = right_ = sums_.support;
  sums_.confusion.assign(static_cast<size_t>(keep_.confusion ? classes_ * classes_ : 0), 0);
  calibration_ = {};
  targets_.assign(static_cast<size_t>(keep_.targets), {});
  sample_sums_ = {};
  cosines_ = 0;
  hits_ = top_hits_ = exact_ = seen_ = 0;
  binary_ = true;
  scores_.clear(), score_labels_.clear(), score_targets_.clear();
}

void MetricAccumulator::add(std::span<const float> outputs, std::span<const int32_t> labels,
                            std::span<const double> losses, std::span<const float> targets) {
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
    const int32_t found = decide(mine, kind_);
    if (found < 0) continue;
    hits_ += found == labels[i];
    top_hits_ += width == 1 ? found == labels[i] || sums_.k > 1 : within_top(mine, labels[i], sums_.k);
    if (keep_.classes) add_class(mine, labels[i], found);
  }
}

void MetricAccumulator::add_class(std::span<const float> outputs, int32_t label, int32_t found) {
  ++sums_.support[static_cast<size_t>(label)];
  ++sums_.predicted[static_cast<size_t>(found)];
  right_[static_cast<size_t>(label)] += label == found;
  if (keep_.confusion) ++sums_.confusion[static_cast<size_t>(label * classes_ + found)];
  probability_.resize(outputs.size());
  probabilities(outputs, kind_, probability_);
  if (keep_.scores) {
    scores_.insert(scores_.end(), probability_.begin(), probability_.end());
    score_labels_.push_back(label);
  }
  if (kind_ == OutputKind::largest) return;  // outputs that are no probabilities have no calibration
  double confidence = outputs.size() == 1 ? double{probability_[0]} : double{probability_[static_cast<size_t>(found)]};
  if (outputs.size() == 1 && found == 0) confidence = 1 - confidence;
  calibration_.add(confidence, label == found);
}

void MetricAccumulator::add_targets(std::span<const float> outputs, std::span<const float> targets) {
  ++seen_;
  if (targets.size() > 1) cosines_ += cosine(outputs, targets);
  for (size_t j = 0; j < targets.size(); ++j) {
    Sums& sums = targets_[j];
    const double wanted = targets[j], error = double{outputs[j]} - wanted, from_mean = wanted - sums.mean;
    sums.error += std::abs(error);
    sums.square += error * error;
    sums.mean += from_mean / static_cast<double>(seen_);
    sums.spread += from_mean * (wanted - sums.mean);
  }
}

void MetricAccumulator::add_independent(std::span<const float> outputs, std::span<const float> targets) {
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
  sample_sums_[0] += part_of(static_cast<double>(both), static_cast<double>(found));
  sample_sums_[1] += part_of(static_cast<double>(both), static_cast<double>(wanted));
  sample_sums_[2] += part_of(2 * static_cast<double>(both), static_cast<double>(wanted + found));
  if (!keep_.scores || !numbers) return;
  probability_.resize(outputs.size());
  probabilities(outputs, kind_, probability_);
  scores_.insert(scores_.end(), probability_.begin(), probability_.end());
  score_targets_.insert(score_targets_.end(), targets.begin(), targets.end());
}

Metrics MetricAccumulator::metrics(const std::string& split) const {
  Metrics m = sums_;
  m.split = split;
  m.loss /= static_cast<double>(m.n);
  if (m.has_labels) finish_classes(m);
  if (seen_ > 0) finish_targets(m);
  if (m.has_labels || (m.independent && seen_ > 0)) return m;
  m.confusion.clear(), m.support.clear(), m.predicted.clear();
  return m;
}

void MetricAccumulator::finish_classes(Metrics& m) const {
  const double n = static_cast<double>(m.n);
  m.accuracy = static_cast<double>(hits_) / n;
  m.top_k = static_cast<double>(top_hits_) / n;
  if (!keep_.classes) return;
  finish_per_class(m, right_);
  if (kind_ != OutputKind::largest) m.ece = calibration_.error(n);
  if (score_labels_.empty()) return;
  const size_t width = scores_.size() / score_labels_.size();
  MeanArea mean;
  std::vector<float> column(score_labels_.size());
  std::vector<bool> positive(score_labels_.size());
  for (size_t c = 0; c < width; ++c) {
    const int32_t asked = width == 1 ? 1 : static_cast<int32_t>(c);
    if (width == 2 && c == 0) continue;  // of two classes the curve of the second, as scikit-learn has it
    for (size_t i = 0; i < column.size(); ++i)
      column[i] = scores_[i * width + c], positive[i] = score_labels_[i] == asked;
    mean.add(area_under_curve(column, positive));
  }
  m.auc = mean.value();
}

void MetricAccumulator::finish_targets(Metrics& m) const {
  const double n = static_cast<double>(seen_), width = static_cast<double>(targets_.size());
  if (!m.independent) {
    for (const Sums& t : targets_) {
      m.mae.push_back(t.error / n);
      m.rmse.push_back(std::sqrt(t.square / n));
      m.r2.push_back(t.spread > 0 ? 1 - t.square / t.spread : t.square > 0 ? 0 : 1);
      if (seen_ < 2) m.r2.back() = not_measured;
    }
    // The mean may be rounded beyond the ends.
    if (targets_.size() > 1) m.cosine_similarity = std::clamp(cosines_ / n, -1.0, 1.0);
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
    for (size_t i = 0; i < rows; ++i)
      column[i] = scores_[i * targets_.size() + c], positive[i] = score_targets_[i * targets_.size() + c] > 0.5F;
    mean.add(area_under_curve(column, positive));
  }
  if (rows > 0) m.auc = mean.value();
}

}  // namespace nn
