// SPDX-License-Identifier: MIT
#include "train/engine/decision.h"

#include <algorithm>
#include <cmath>

namespace nn {

namespace {

int64_t outputs_of(const Graph& graph) { return graph.values[static_cast<size_t>(graph.output)].shape.count(); }

}  // namespace

Decision decision_of(const Graph& graph, int64_t classes) {
  const What& last = graph.ops.back().what;
  if (std::holds_alternative<SoftmaxLoss>(last)) return Decision::softmax;
  if (std::holds_alternative<BceLoss>(last)) {
    const int64_t outputs = outputs_of(graph);
    return classes > 1 && (classes == outputs || (outputs == 1 && classes == 2)) ? Decision::logistic : Decision::independent;
  }
  return classes > 1 && classes == outputs_of(graph) ? Decision::largest : Decision::none;
}

int64_t judged_classes(const Graph& graph, int64_t classes) {
  const int64_t outputs = outputs_of(graph);
  const Decision decision = decision_of(graph, classes);
  if (decision == Decision::none || decision == Decision::independent) return 0;
  if (decision == Decision::softmax) return outputs;
  return outputs == classes || (decision == Decision::logistic && outputs == 1 && classes == 2) ? classes : 0;
}

int32_t decide(std::span<const float> outputs, Decision decision) {
  bool number = true;
  float top = outputs[0];
  int32_t best = 0;
  for (size_t j = 0; j < outputs.size(); ++j) {  // without branches, which would be guessed wrong for every sample
    const float v = outputs[j];
    number &= v == v;
    best = v > top ? static_cast<int32_t>(j) : best;
    top = v > top ? v : top;
  }
  if (!number) return -1;
  return decision == Decision::logistic && outputs.size() == 1 ? outputs[0] > 0 : best;
}

int64_t right_targets(std::span<const float> outputs, std::span<const float> targets) {
  int64_t right = 0;
  for (size_t i = 0; i < targets.size(); ++i) right += (outputs[i] > 0) == (targets[i] > 0.5F);
  return right;
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

void probabilities(std::span<const float> outputs, Decision decision, std::span<float> out) {
  if (decision == Decision::softmax) {
    const double top = *std::max_element(outputs.begin(), outputs.end());
    double sum = 0;
    for (float v : outputs) sum += std::exp(v - top);
    for (size_t j = 0; j < outputs.size(); ++j) out[j] = static_cast<float>(std::exp(outputs[j] - top) / sum);
  } else if (decision == Decision::logistic || decision == Decision::independent) {
    for (size_t j = 0; j < outputs.size(); ++j) out[j] = static_cast<float>(1 / (1 + std::exp(-static_cast<double>(outputs[j]))));
  } else {
    std::copy(outputs.begin(), outputs.end(), out.begin());
  }
}

}  // namespace nn
