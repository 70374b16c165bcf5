// SPDX-License-Identifier: MIT
// How the outputs of a network for one sample become a class and probabilities.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "backend/graph.h"

namespace nn {

/// softmax: outputs are logits of exclusive classes. logistic: independent logits, one output is a yes or no.
/// largest: outputs rank the classes as they are (a softmax layer, or mse on one-hot targets). none: regression.
enum class Decision { softmax, logistic, largest, none };

/// Of a graph lowered with its loss. classes: how many the data knows, 0 for none.
Decision decision_of(const Graph& graph, int64_t classes);
/// Classes that the outputs can tell apart, 0 when they do not match those of the data (regression).
int64_t judged_classes(const Graph& graph, int64_t classes);

/// The class: the first largest output (for one logistic output: 1 when positive); -1 when some output is not a number.
int32_t decide(std::span<const float> outputs, Decision decision);
/// The label is among the k largest outputs, ties won by the lower class.
bool within_top(std::span<const float> outputs, int32_t label, int k);
/// Probabilities (for largest and none the outputs as they are). out has the size of outputs.
void probabilities(std::span<const float> outputs, Decision decision, std::span<float> out);

}  // namespace nn
