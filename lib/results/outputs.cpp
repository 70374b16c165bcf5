// SPDX-License-Identifier: MIT
#include "results/outputs.h"

#include <algorithm>
#include <cmath>

#include "base/hits.h"

namespace nn {

int32_t decide(std::span<const float> outputs, OutputKind kind) {
  const int32_t first = first_maximum(outputs);
  return first == 0 && kind == OutputKind::logistic && outputs.size() == 1 ? outputs[0] > 0 : first;
}

int64_t right_targets(std::span<const float> outputs, std::span<const float> targets) {
  return count_hits(HitRule::targets, outputs, {}, targets);
}

bool within_top(std::span<const float> outputs, int32_t label, int k) {
  int before = 0;
  const float mine = outputs[static_cast<size_t>(label)];
  for (size_t j = 0; j < outputs.size(); ++j) {
    if (std::isnan(outputs[j])) return false;
    before += outputs[j] > mine || (outputs[j] == mine && j < static_cast<size_t>(label));
  }
  return before < k;
}

void probabilities(std::span<const float> outputs, OutputKind kind, std::span<float> out) {
  if (kind == OutputKind::softmax) {
    const double top = *std::max_element(outputs.begin(), outputs.end());
    double sum = 0;
    for (float v : outputs) sum += std::exp(v - top);
    for (size_t j = 0; j < outputs.size(); ++j) out[j] = static_cast<float>(std::exp(outputs[j] - top) / sum);
  } else if (kind == OutputKind::logistic || kind == OutputKind::independent) {
    for (size_t j = 0; j < outputs.size(); ++j)
      out[j] = static_cast<float>(1 / (1 + std::exp(-static_cast<double>(outputs[j]))));
  } else {
    std::copy(outputs.begin(), outputs.end(), out.begin());
  }
}

}  // namespace nn
