// SPDX-License-Identifier: MIT
// What several networks say together: the mean of their probabilities, or of their outputs where these are numbers
// (regression, and outputs that rank classes as they are). Means of probabilities are kept as logarithms, so that none
// becomes 0, and are given as logits again: softmax or the logistic function of them is the mean.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "results/outputs.h"

namespace nn {

class MeanOutputs {
 public:
  /// width: outputs of one sample.
  MeanOutputs(OutputKind kind, size_t samples, size_t width);
  /// Outputs {samples, width} of one more network.
  void add(std::span<const float> outputs);
  /// {samples, width}, of the networks so far, at least one.
  std::vector<float> mean() const;
  static constexpr size_t bytes_per_value = 2 * sizeof(double);

 private:
  OutputKind kind_;
  size_t width_;
  double networks_ = 0;
  /// Sums of outputs, or logarithms of sums of probabilities; second_: of their complements, of a yes or no.
  std::vector<double> sums_, second_;
};

}  // namespace nn
