// SPDX-License-Identifier: MIT
// How confidence and accuracy agree: samples in 15 bins of equal width by the probability of the predicted class, as in
// Guo et al. 2017, "On Calibration of Modern Neural Networks".
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace nn {

class Calibration {
 public:
  static constexpr size_t size = 15;
  struct Bin {
    int64_t n = 0, hits = 0;
    double confidence = 0;  ///< sum over its samples
  };

  /// confidence: 0..1; bin i holds those above i/15 and up to (i + 1)/15, the first 0 too.
  void add(double confidence, bool hit) {
    const double place = std::ceil(confidence * static_cast<double>(size)) - 1;
    Bin& bin = bins_[static_cast<size_t>(std::clamp(place, 0.0, static_cast<double>(size - 1)))];
    ++bin.n;
    bin.hits += hit;
    bin.confidence += confidence;
  }
  const std::array<Bin, size>& bins() const { return bins_; }
  /// The expected calibration error of that many samples.
  double error(double samples) const {
    double sum = 0;
    for (const Bin& bin : bins_) sum += std::abs(static_cast<double>(bin.hits) - bin.confidence) / samples;
    return sum;
  }

 private:
  std::array<Bin, size> bins_{};
};

}  // namespace nn
