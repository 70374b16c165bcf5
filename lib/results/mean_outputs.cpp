// SPDX-License-Identifier: MIT
#include "results/mean_outputs.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace nn {
namespace {

constexpr double log_of_zero = -std::numeric_limits<double>::infinity();

/// log(e^a + e^b)
double add_logs(double a, double b) {
  const double top = std::max(a, b);
  return top == log_of_zero ? top : top + std::log1p(std::exp(std::min(a, b) - top));
}

double log_of_sum(std::span<const float> outputs) {
  const double top = *std::max_element(outputs.begin(), outputs.end());
  double sum = 0;
  for (const float v : outputs) sum += std::exp(v - top);
  return top + std::log(sum);
}

/// log(1 / (1 + e^-x))
double log_logistic(double x) { return x < 0 ? x - std::log1p(std::exp(x)) : -std::log1p(std::exp(-x)); }

}  // namespace

MeanOutputs::MeanOutputs(OutputKind kind, size_t samples, size_t width) : kind_(kind), width_(width) {
  const bool logs = kind != OutputKind::largest && kind != OutputKind::none;
  sums_.assign(samples * width, logs ? log_of_zero : 0.0);
  if (logs && kind != OutputKind::softmax) second_.assign(samples * width, log_of_zero);
}

void MeanOutputs::add(std::span<const float> outputs) {
  assert(outputs.size() == sums_.size());
  ++networks_;
  if (kind_ == OutputKind::softmax) {
    for (size_t first = 0; first < outputs.size(); first += width_) {
      const double whole = log_of_sum(outputs.subspan(first, width_));
      for (size_t i = first; i < first + width_; ++i) sums_[i] = add_logs(sums_[i], outputs[i] - whole);
    }
  } else if (!second_.empty()) {
    for (size_t i = 0; i < outputs.size(); ++i) {
      sums_[i] = add_logs(sums_[i], log_logistic(outputs[i]));
      second_[i] = add_logs(second_[i], log_logistic(-static_cast<double>(outputs[i])));
    }
  } else {
    for (size_t i = 0; i < outputs.size(); ++i) sums_[i] += outputs[i];
  }
}

std::vector<float> MeanOutputs::mean() const {
  assert(networks_ > 0);
  std::vector<float> all(sums_.size());
  for (size_t i = 0; i < all.size(); ++i)
    all[i] = static_cast<float>(kind_ == OutputKind::softmax ? sums_[i] - std::log(networks_)
                                : !second_.empty()           ? sums_[i] - second_[i]
                                                             : sums_[i] / networks_);
  return all;
}

}  // namespace nn
