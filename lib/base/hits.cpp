// SPDX-License-Identifier: MIT
#include "base/hits.h"

namespace nn {

int32_t first_maximum(std::span<const float> outputs) {
  bool number = true;
  float top = outputs[0];
  int32_t best = 0;
  for (size_t j = 0; j < outputs.size(); ++j) {  // without branches, which would be guessed wrong for every sample
    const float v = outputs[j];
    number &= v == v;
    best = v > top ? static_cast<int32_t>(j) : best;
    top = v > top ? v : top;
  }
  return number ? best : -1;
}

int64_t count_hits(HitRule rule, std::span<const float> outputs, std::span<const int32_t> labels,
                   std::span<const float> targets) {
  int64_t count = 0;
  if (rule == HitRule::targets) {
    for (size_t i = 0; i < targets.size(); ++i) count += (outputs[i] > 0) == (targets[i] > 0.5F);
  } else if (rule == HitRule::threshold) {
    for (size_t i = 0; i < labels.size(); ++i)
      count += outputs[i] == outputs[i] && (outputs[i] > 0) == (labels[i] == 1);
  } else if (rule == HitRule::first_maximum && !labels.empty()) {
    const size_t width = outputs.size() / labels.size();
    for (size_t i = 0; i < labels.size(); ++i) count += first_maximum(outputs.subspan(i * width, width)) == labels[i];
  }
  return count;
}

}  // namespace nn
