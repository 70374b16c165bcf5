// SPDX-License-Identifier: MIT
#include "train/metrics.h"

#include <algorithm>

namespace nn {

Tally::Tally(Decision decision, int64_t classes, int k)
    : decision_(decision), classes_(classes) {
  sums_.k = static_cast<int>(std::min<int64_t>(k, std::max<int64_t>(classes_, 1)));
  reset();
}

void Tally::reset() {
  sums_.n = 0;
  sums_.loss = 0;
  sums_.has_labels = false;
  sums_.confusion.assign(static_cast<size_t>(classes_ * classes_), 0);
  hits_ = top_hits_ = 0;
}

void Tally::add(std::span<const float> outputs, std::span<const int32_t> labels, std::span<const double> losses) {
  sums_.n += static_cast<int64_t>(losses.size());
  for (double loss : losses) sums_.loss += loss;
  if (labels.empty() || classes_ == 0) return;
  sums_.has_labels = true;
  const size_t width = outputs.size() / labels.size();
  for (size_t i = 0; i < labels.size(); ++i) {
    const std::span<const float> mine = outputs.subspan(i * width, width);
    const int32_t found = decide(mine, decision_);
    if (found < 0) continue;
    hits_ += found == labels[i];
    top_hits_ += width == 1 ? found == labels[i] || sums_.k > 1 : within_top(mine, labels[i], sums_.k);
    ++sums_.confusion[static_cast<size_t>(labels[i] * classes_ + found)];
  }
}

Metrics Tally::metrics(const std::string& split) const {
  Metrics m = sums_;
  m.split = split;
  const double n = static_cast<double>(m.n);
  m.loss /= n;
  if (!m.has_labels) {
    m.confusion.clear();
    return m;
  }
  m.accuracy = static_cast<double>(hits_) / n;
  m.top_k = static_cast<double>(top_hits_) / n;
  per_class(m, classes_);
  return m;
}

void per_class(Metrics& metrics, int64_t classes) {
  const size_t k = static_cast<size_t>(classes);
  const double undefined = std::numeric_limits<double>::quiet_NaN();
  metrics.precision.assign(k, undefined);
  metrics.recall.assign(k, undefined);
  metrics.f1.assign(k, undefined);
  metrics.support.assign(k, 0);
  for (size_t c = 0; c < k; ++c) {
    int64_t predicted = 0, support = 0;
    for (size_t j = 0; j < k; ++j) {
      support += metrics.confusion[c * k + j];
      predicted += metrics.confusion[j * k + c];
    }
    const double right = static_cast<double>(metrics.confusion[c * k + c]);
    metrics.support[c] = support;
    if (predicted) metrics.precision[c] = right / static_cast<double>(predicted);
    if (support) metrics.recall[c] = right / static_cast<double>(support);
    if (predicted + support) metrics.f1[c] = 2 * right / static_cast<double>(predicted + support);
  }
}

}  // namespace nn
